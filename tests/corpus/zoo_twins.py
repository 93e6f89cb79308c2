"""Which network of the zoo is which row of the tables of exact targets, and which real export."""

from __future__ import annotations

_V1 = [f"{w}-{r}" for w in ("1.0", "0.75", "0.5", "0.25") for r in (224, 192, 160, 128)]
_RESNEXT = (
    "50-2x40d", "50-4x24d", "50-8x14d", "50-32x4d", "101-32x4d", "101-2x64d", "101-64x4d",
)  # fmt: skip
_DENSE = ("L40-k12", "L100-k12", "L100-k24", "BC-L100-k12", "BC-L250-k24", "BC-L190-k40")

# (family, variant) of the table of totals: network, form
TOTALS = {
    **{("MobileNetV1", v): (f"mobilenet_v1@{v}", "train") for v in (*_V1, "full-conv", "shallow")},
    **{
        ("MobileNetV2", f"{w}-224"): (f"mobilenet_v2@{w}", "train")
        for w in ("0.5", "0.75", "1.0", "1.4", "1.5", "2.0")
    },
    ("MobileNetV3-Large", "1.0-224"): ("mobilenet_v3_large@1.0", "train"),
    ("MobileNetV3-Large", "0.5-224"): ("mobilenet_v3_large@0.5-table", "train"),
    **{
        ("ShuffleNetV1", f"1.0x-g{g}-224"): (f"shufflenet_v1@1.0x-g{g}", "train")
        for g in (1, 2, 3, 4, 8)
    },
    **{
        ("ShuffleNetV1", f"{w}x-g3-224"): (f"shufflenet_v1@{w}x-g3", "train")
        for w in ("0.5", "1.5", "2.0")
    },
    **{
        ("ShuffleNetV2", f"{w}x-224"): (f"shufflenet_v2@{w}", "train")
        for w in ("0.5", "1.0", "1.5", "2.0")
    },
    ("SqueezeNet", "1.0-224-pad0"): ("squeezenet@1.0-224", "train"),
    ("SqueezeNet", "1.0-227"): ("squeezenet@1.0", "train"),
    ("SqueezeNet", "1.0-227-conv10pad1"): ("squeezenet@1.0-conv10-pad1", "train"),
    ("EfficientNet", "B0-224"): ("efficientnet@b0", "train"),
    ("ResNet", "50-224-stride-on-1x1"): ("resnet@50-stride-on-1x1", "train"),
    ("ResNet", "101-wider-1x100d-224"): ("resnet@101-wider-1x100d", "train"),
    **{("ResNet", f"{d}-224"): (f"resnet@{d}", "train") for d in (50, 101, 152, 200)},
    **{("ResNeXt", f"{v}-224"): (f"resnext@{v}", "train") for v in _RESNEXT},
    ("ResNeXt", "101-64x4d-320"): ("resnext@101-64x4d-320", "train"),
    ("DenseNet", "121-224"): ("densenet@121", "train"),
    **{("DenseNet", f"{v}-cifar"): (f"densenet_cifar@{v}", "train") for v in _DENSE},
    ("AlexNet", "2-group-227"): ("alexnet@2-group", "train"),
    ("AlexNet", "1-group-227"): ("alexnet@1-group", "train"),
    ("VGG-16", "224"): ("vgg@16", "train"),
    ("GoogLeNet", "224"): ("googlenet@bvlc", "train"),
    ("Xception", "299"): ("xception@299", "train"),
    ("VGG-16", "cifar"): ("vgg_cifar@plain", "train"),
    ("VGG-16", "cifar-ghost-s2"): ("vgg_cifar@ghost-s2", "train"),
    ("ResNet", "56-cifar"): ("resnet_cifar@56", "train"),
    ("ResNet", "56-cifar-ghost-s2"): ("resnet_cifar_ghost@56-ghost-s2", "train"),
    **{
        ("RepVGG", f"{v}-{form}-224"): (f"rep_vgg@{v.lower()}", form)
        for v in ("B1", "B2", "L1", "L2")
        for form in ("train", "deploy")
    },
    ("MobileOne", "S0-224"): ("mobile_one@s0", "deploy"),
    ("MobileOne", "S4-224"): ("mobile_one@s4", "deploy"),
    ("MobileNetV4", "Conv-S-224"): ("mobilenet_v4@conv_s", "train"),
    ("MobileNetV4", "Conv-M-256"): ("mobilenet_v4@conv_m", "train"),
    ("MobileNetV4", "Conv-L-384"): ("mobilenet_v4@conv_l", "train"),
}

# The table keeps the 960 -> 1280 convolution behind the pooling; by our definition a 1x1
# convolution of one position is a fully connected layer.
ONE_POSITION_MACS = {
    ("MobileNetV4", v): 1_228_800 for v in ("Conv-S-224", "Conv-M-256", "Conv-L-384")
}

# Tables that stand apart from those of the totals: op by op.
LAYERS = {("MobileNetV1", "0.5-160"): ("mobilenet_v1@0.5-160", "train")}

# Real export: network, form
EXPORTS = {
    "timm_mobilenetv1_100": ("mobilenet_v1@1.0-224", "train"),
    "x_mobilenetv1_025_vww96": ("mobilenet_v1@0.25-96-vww", "train"),
    "tv_mobilenet_v2": ("mobilenet_v2@1.0", "train"),
    "timm_mobilenetv2_100": ("mobilenet_v2@1.0", "train"),
    "timm_mobilenetv2_050": ("mobilenet_v2@0.5", "train"),
    "tv_mobilenet_v3_large": ("mobilenet_v3_large@1.0", "train"),
    "timm_mobilenetv3_large_100": ("mobilenet_v3_large@1.0", "train"),
    "tv_mobilenet_v3_small": ("mobilenet_v3_small@1.0", "train"),
    "timm_mobilenetv3_small_100": ("mobilenet_v3_small@1.0", "train"),
    "timm_mobilenetv3_small_050": ("mobilenet_v3_small@0.5-timm", "train"),
    "tv_efficientnet_b0": ("efficientnet@b0", "train"),
    "tv_efficientnet_b3": ("efficientnet@b3", "train"),
    "timm_tf_efficientnet_b0": ("efficientnet@b0-same", "train"),
    "timm_efficientnet_lite0": ("efficientnet_lite@lite0", "train"),
    "tv_mnasnet1_0": ("mnasnet_b1@1.0", "train"),
    "timm_mnasnet_100": ("mnasnet_b1@1.0", "train"),
    "timm_fbnetc_100": ("fbnet_c@1.0", "train"),
    "timm_mobilenetv4_conv_small": ("mobilenet_v4@conv_s", "train"),
    "timm_mobilenetv4_conv_large": ("mobilenet_v4@conv_l", "train"),
    "timm_mobilenetv4_hybrid_medium": ("mobilenet_v4@hybrid_m", "train"),
    "timm_repvgg_a0": ("rep_vgg@a0", "train"),
    "timm_repvgg_a0_rep": ("rep_vgg@a0", "deploy"),
    "timm_mobileone_s0": ("mobile_one@s0", "train"),
    "timm_mobileone_s0_rep": ("mobile_one@s0", "deploy"),
    "timm_ghostnet_100": ("ghostnet@1.0", "train"),
    "timm_ese_vovnet19b_dw": ("vovnet@19b_dw", "train"),
    "tv_regnet_y_400mf": ("regnet@y_400mf", "train"),
    "timm_nasnetalarge": ("nasnet@a-large", "train"),
    "tv_alexnet": ("alexnet@one-tower", "train"),
    "tv_vgg16": ("vgg@16", "train"),
    "tv_googlenet": ("googlenet@torchvision", "train"),
    "timm_legacy_xception": ("xception@299", "train"),
    "timm_xception41": ("xception_aligned@41", "train"),
    "tv_shufflenet_v2_x0_5": ("shufflenet_v2@0.5", "train"),
    "tv_shufflenet_v2_x1_0": ("shufflenet_v2@1.0", "train"),
    "tv_shufflenet_v2_x2_0": ("shufflenet_v2@2.0", "train"),
    "tv_squeezenet1_0": ("squeezenet@1.0-224", "train"),
    "tv_squeezenet1_1": ("squeezenet@1.1", "train"),
    "timm_cspresnet50": ("csp_resnet50@50", "train"),
    "timm_cspdarknet53": ("csp_darknet53@53", "train"),
    "tv_resnet18": ("resnet@18", "train"),
    "tv_resnet50": ("resnet@50", "train"),
    "tv_resnext50_32x4d": ("resnext@50-32x4d", "train"),
    "timm_seresnet50": ("senet@resnet50", "train"),
    "timm_poolformer_s12": ("poolformer@s12", "train"),
    "timm_convmixer_768_32": ("convmixer@768-32", "train"),
    "x_resnet8_cifar": ("mlperf_tiny_resnet8@1.0", "train"),
    "x_dscnn_kws_2d": ("mlperf_tiny_kws@s", "train"),
    "x_dscnn_kws_1d": ("ds_cnn_1d@1.0", "train"),
    "x_ae_toyadmos": ("mlperf_tiny_autoencoder@1.0", "train"),
    "tv_deeplabv3_mobilenet_v3_large": ("deeplab_v3_mobilenet_v3@520", "train"),
    "tv_lraspp_mobilenet_v3_large": ("deeplab_v3_mobilenet_v3@lraspp", "train"),
    "x_unet_256": ("unet@32-256", "train"),
    "tv_vit_b_16": ("vit@b16", "train"),
    "timm_deit_tiny_patch16_224": ("vit@ti16", "train"),
    "tv_convnext_tiny": ("convnext@tiny", "train"),
    "timm_convnext_small": ("convnext@small", "train"),
    "timm_efficientformerv2_s0": ("efficientformer_v2@s0", "train"),
    "timm_efficientvit_b1": ("efficientvit@b1", "train"),
    "timm_nextvit_base": ("nextvit@base", "train"),
    "tv_swin_t": ("swin@tiny", "train"),
    "timm_edgenext_small": ("edgenext@small", "train"),
    "x_transformer_enc_6x256_s128": ("transformer_encoder@6x256", "train"),
    "timm_fastvit_t8_rep": ("fastvit@t8", "deploy"),
    "timm_fastvit_s12_rep": ("fastvit@s12", "deploy"),
}

# The factory's parameters count batch norms that its own export has folded: what is in the file.
COUNTED_IN_FILE = {"timm_fastvit_t8_rep", "timm_fastvit_s12_rep"}
