"""Shared by all tests: one thread, so that times and numbers do not depend on the machine's load."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(params=[0, 1, 2])
def seed(request) -> int:
    """Three seeds: a property holds for each."""
    torch.manual_seed(request.param)
    return request.param
