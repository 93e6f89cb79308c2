"""What tests of kernels share."""

import pytest

pytest.register_assert_rewrite("ort_case")
