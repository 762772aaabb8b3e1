"""HashLGN's decoding Ω(c; q) = f(q)ᵀ g(c), by hand and by the searches that use it."""

import numpy as np
import torch

from hashbench.components.heads.hashlgn import HashLGN
from hashbench.components.retrievers.asymmetric import Asymmetric
from hashbench.components.retrievers.continuous import Continuous
from hashbench.data.interactions import Interactions
from hashbench.protocols import RunContext
from hashbench.testing import HashHeadTests

CTX = RunContext(seed=1)


class TestHashLGN(HashHeadTests):
    component = HashLGN(24)


def layer(bits=24):
    built = HashLGN(bits).build(6, CTX)
    with torch.no_grad():
        built.alpha.copy_(torch.linspace(-3, 3, bits))
        built.beta.copy_(torch.linspace(2, -4, bits))
    return built


def sides(n_users=7, n_items=50):
    rng = torch.Generator().manual_seed(0)
    return torch.randn(n_users, 6, generator=rng), torch.randn(n_items, 6, generator=rng)


def test_what_the_loss_sees_is_f_of_q_and_g_of_c():
    hash_layer, (users, items) = layer(), sides()
    q, g = hash_layer.relax(users, items, 0.0, torch.Generator())
    assert torch.allclose(q, users @ hash_layer.compression.weight.T + hash_layer.compression.bias, atol=1e-6)
    hidden = items
    for name in range(2):
        hidden = torch.relu(hidden @ hash_layer.hidden[name].weight.T + hash_layer.hidden[name].bias)
    c = torch.where(hidden @ hash_layer.last.weight.T + hash_layer.last.bias >= 0, 1.0, -1.0)
    alpha, beta = torch.log1p(hash_layer.alpha.exp()), torch.log1p(hash_layer.beta.exp())
    assert alpha.min() > 0
    assert beta.min() > 0
    assert torch.allclose(g, alpha * torch.clamp(c, min=0) + beta * torch.clamp(c, max=0), atol=1e-6)


def test_alpha_and_beta_are_1_at_first():
    fresh = HashLGN(8).build(6, CTX)
    assert torch.allclose(torch.nn.functional.softplus(fresh.alpha), torch.ones(8))
    assert np.allclose(fresh.harden().bit_values, [[-1] * 8, [1] * 8])


def test_the_gradient_of_an_item_is_that_of_tanh_times_the_level_of_its_bit():
    hash_layer, (users, items) = layer(), sides()
    z = hash_layer.values(items).detach().requires_grad_()
    hash_layer.values = lambda _: z
    _, g = hash_layer.relax(users, items, 0.0, torch.Generator())
    g.sum().backward()
    level = torch.where(
        z >= 0, torch.nn.functional.softplus(hash_layer.alpha), torch.nn.functional.softplus(hash_layer.beta)
    )
    assert torch.allclose(z.grad, level * (1 - torch.tanh(z) ** 2), atol=1e-6)


def test_the_asymmetric_search_finds_what_the_float_search_of_the_decoded_items_does():
    hasher, (users, items) = layer().harden(), sides()
    queries, catalogue = hasher.hash_users(users.numpy()), hasher.hash_items(items.numpy())
    with torch.no_grad():
        q, g = layer().relax(users, items, 0.0, torch.Generator())
    assert np.allclose(queries.embeddings, q, atol=1e-5)
    assert np.allclose(catalogue.embeddings, g, atol=1e-5)
    ranking, expected = (
        retriever.build(catalogue, CTX).search(queries, 50, Interactions.empty(7, 50))
        for retriever in (Asymmetric(), Continuous())
    )
    assert np.allclose(ranking.scores, expected.scores, atol=1e-4)
    assert np.allclose(expected.scores, np.sort((q @ g.T).numpy(), axis=1)[:, ::-1], atol=1e-4)
