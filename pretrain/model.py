"""A small Llama in plain PyTorch; its parameter names are those of transformers' LlamaForCausalLM."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The shape of the model."""

    vocab: int = 4096
    width: int = 256
    layers: int = 4
    inner: int = 640
    heads: int = 4
    kv_heads: int = 2
    positions: int = 2048
    theta: float = 500000.0
    spread: float = 0.3
    eps: float = 1e-5

    @property
    def head(self) -> int:
        """The width of one head."""
        return self.width // self.heads


class Norm(nn.Module):
    """Root-mean-square norm."""

    def __init__(self, width: int, eps: float) -> None:
        """One gain a channel."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, halves convention as in Llama."""
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos + turned * sin


class Attention(nn.Module):
    """Causal self-attention with shared key/value heads, within documents only."""

    def __init__(self, c: Config) -> None:
        """Four projections with bias, as transformers' `attention_bias` has them."""
        super().__init__()
        self.c = c
        self.q_proj = nn.Linear(c.width, c.heads * c.head, bias=True)
        self.k_proj = nn.Linear(c.width, c.kv_heads * c.head, bias=True)
        self.v_proj = nn.Linear(c.width, c.kv_heads * c.head, bias=True)
        self.o_proj = nn.Linear(c.heads * c.head, c.width, bias=True)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """Attend where `mask` is true."""
        b, t, _ = x.shape
        c = self.c
        q = rotate(self.q_proj(x).view(b, t, c.heads, c.head).transpose(1, 2), cos, sin)
        k = rotate(self.k_proj(x).view(b, t, c.kv_heads, c.head).transpose(1, 2), cos, sin)
        v = self.v_proj(x).view(b, t, c.kv_heads, c.head).transpose(1, 2)
        times = c.heads // c.kv_heads
        k, v = k.repeat_interleave(times, 1), v.repeat_interleave(times, 1)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        joined: Tensor = self.o_proj(out.transpose(1, 2).reshape(b, t, -1))
        return joined


class FeedForward(nn.Module):
    """The gated SiLU network of Llama."""

    def __init__(self, c: Config) -> None:
        """Three projections without bias."""
        super().__init__()
        self.gate_proj = nn.Linear(c.width, c.inner, bias=False)
        self.up_proj = nn.Linear(c.width, c.inner, bias=False)
        self.down_proj = nn.Linear(c.inner, c.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Gate, then project back."""
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Attention and feed-forward, each behind a norm."""

    def __init__(self, c: Config) -> None:
        """Names as in transformers."""
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = FeedForward(c)
        self.input_layernorm = Norm(c.width, c.eps)
        self.post_attention_layernorm = Norm(c.width, c.eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """Two residual steps."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Body(nn.Module):
    """Embedding, blocks and the last norm: everything but the output product."""

    def __init__(self, c: Config) -> None:
        """Build and initialise."""
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab, c.width)
        self.layers = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.width, c.eps)

    def forward(self, ids: Tensor, mask: Tensor, cos: Tensor, sin: Tensor, tap: int = -1) -> tuple[Tensor, Tensor]:
        """Hidden states at the end and after block `tap`; `mask` is true where a position may look."""
        x: Tensor = self.embed_tokens(ids)
        states = []
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
            states.append(x)
        return self.norm(x), states[tap]


class Tiny(nn.Module):
    """The whole model; the output matrix is the embedding."""

    def __init__(self, c: Config) -> None:
        """Normal initialisation with a smaller spread before the residual sums."""
        super().__init__()
        self.c = c
        self.model = Body(c)
        for key, weight in self.named_parameters():
            if weight.ndim == 2:
                deep = key.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * c.layers) ** 0.5 if deep else 0.02)
            elif key.endswith("bias"):
                nn.init.zeros_(weight)
        nn.init.normal_(self.model.embed_tokens.weight, std=c.spread)
        nn.init.constant_(self.model.norm.weight, 0.1)  # keeps the first logits small
        angle = torch.arange(c.positions)[:, None] * c.theta ** -(torch.arange(0, c.head, 2) / c.head)[None]
        both = torch.cat((angle, angle), dim=-1)
        self.register_buffer("cos", both.cos(), persistent=False)
        self.register_buffer("sin", both.sin(), persistent=False)

    def tables(self, length: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines of the first positions."""
        return self.get_buffer("cos")[:length], self.get_buffer("sin")[:length]


def visible(docs: Tensor) -> Tensor:
    """Where a position may look: back, and only within its document; (rows, 1, length, length)."""
    length = docs.shape[1]
    mask = (docs[:, :, None] == docs[:, None, :]) & torch.ones(length, length, dtype=torch.bool).tril()
    return mask[:, None]


def loss(tiny: Tiny, hidden: Tensor, ids: Tensor, weights: Tensor) -> tuple[Tensor, int]:
    """Weighted mean cross-entropy at the supervised positions only, and how many there are."""
    wanted = weights[:, 1:] > 0
    logits = hidden[wanted] @ tiny.model.embed_tokens.weight.T
    each = F.cross_entropy(logits, ids[:, 1:][wanted], reduction="none")
    weight = weights[:, 1:][wanted]
    return (each * weight).sum() / weight.sum(), int(wanted.sum())
