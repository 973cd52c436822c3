"""The trained PyTorch model as a text in the dialect.

    module(model, batch)     msa.nn.StreamingModule: state in buffers, what torch.export takes
    text(model, batch)       the imported text, with the two entries that engine.py describes

A weight of the text has the name of the model's parameter: "model." + name, and ".T" where the importer transposed it.
"""

import re

import torch

from model import msa

__all__ = ["module", "text"]


def module(model, batch: int):
    """The model with the state of `batch` streams in buffers; called with tokens, position and length."""
    return msa.nn.StreamingModule(model, batch, model.config.segment).eval()


def example(model, batch: int):
    """Arguments of a call."""
    return (torch.zeros(batch, model.config.segment, dtype=torch.int64), torch.zeros(batch, dtype=torch.int64),
            torch.full((batch,), model.config.segment))


def text(model, batch: int) -> str:
    """Imports the model for `batch` streams. Needs msa with its compiler half (or CompilerMissing)."""
    with torch.no_grad():
        program = msa.importer.export(module(model, batch), example(model, batch))
    imported = msa.importer.import_program(program)
    out = imported.text
    # Tensors that are computed from parameters alone are constants with numbers for names. Here these are what a new
    # stream starts with and the slots' queries, one for all streams: by their values one knows whose they are.
    parameters = dict(model.named_parameters())
    for weight in imported.weights:
        if weight.name.startswith("const."):
            owners = [name for name, p in parameters.items() if p.dim() > 1 and p.shape == weight.data.shape[-p.dim():]
                      and torch.equal(p.expand_as(weight.data), weight.data)]
            if len(owners) != 1:
                raise msa.errors.ImportFailure(f"'{weight.name}' is computed from parameters, {owners}: a text "
                                               "without weights can not hold it")
            out = out.replace(f'"{weight.name}"', f'"model.{owners[0]}"')
    out = re.sub(r" loc\(#loc\d*\)|^#loc.*\n?", "", out, flags=re.M).replace('"output0"', '"logits"')
    return with_remember(out)


def with_remember(text: str) -> str:
    """Adds the entry `remember`: `forward` without its first result. What only that needed is never computed."""
    begin = text.index("  func.func @forward(")
    end = text.rindex("  }\n}") + 4
    body = text[begin:end].replace("@forward(", "@remember(", 1)
    body, one = re.subn(r"-> \(tensor<[^>]*> \{msa\.name = \"logits\"\}, ", "-> (", body)
    returned = re.search(r"    return (.*) : (.*)\n", body)
    values, types = (part.split(", ") for part in returned.groups())
    assert one == 1 and len(values) == len(types) > 1
    return (text[:end] + body[:returned.start()] + f"    return {', '.join(values[1:])} : {', '.join(types[1:])}\n"
            + body[returned.end():] + text[end:])
