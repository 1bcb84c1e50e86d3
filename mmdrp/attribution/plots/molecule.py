"""A molecule, its atoms coloured by what they carry of a prediction."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from rdkit.Chem.Draw import rdMolDraw2D

from mmdrp.data.chem.fingerprint import parse
from mmdrp.io.text import shown

RAISES, LOWERS = np.array([0.77, 0.31, 0.24]), np.array([0.25, 0.39, 0.64])


def molecule(
    smiles: str,
    scores: npt.NDArray[np.float64],
    title: str = "",
    kind: Literal["svg", "png"] = "svg",
    size: tuple[int, int] = (500, 400),
) -> bytes:
    """Draw the molecule: red atoms raise the response, blue ones lower it, by their share.

    ``scores`` (atoms,) are in the order of the SMILES; the strongest atom has the full colour.
    Where all are 0 the legend says that the structure carries nothing.
    """
    drawing = parse(smiles, title)
    if not np.any(scores):
        title = f"{title} (carries nothing)".strip()
    paint = rdMolDraw2D.MolDraw2DSVG if kind == "svg" else rdMolDraw2D.MolDraw2DCairo
    canvas: Any = paint(*size)
    colours = {i: _colour(s) for i, s in enumerate(_share(scores)) if abs(s) > 0.05}
    bonds = {}
    for bond in drawing.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if all(end in colours for end in ends):
            bonds[bond.GetIdx()] = tuple(np.mean([colours[end] for end in ends], axis=0))
    options = canvas.drawOptions()
    options.legendFontSize = 18
    options.useBWAtomPalette()
    rdMolDraw2D.PrepareAndDrawMolecule(
        canvas, drawing, legend=shown(title), highlightAtoms=list(colours),
        highlightAtomColors=colours,
        highlightBonds=list(bonds), highlightBondColors=bonds,
        highlightAtomRadii=dict.fromkeys(colours, 0.35),
    )  # fmt: skip
    canvas.FinishDrawing()
    text = canvas.GetDrawingText()
    return text.encode() if isinstance(text, str) else bytes(text)


def _share(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    most = float(np.abs(scores).max()) if len(scores) else 0.0
    shares: npt.NDArray[np.float64] = scores / most if most > 0 else np.zeros_like(scores)
    return shares


def _colour(share: float) -> tuple[float, ...]:
    full = RAISES if share > 0 else LOWERS
    return tuple(float(c) for c in 1 - abs(share) * (1 - full))
