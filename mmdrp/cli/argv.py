"""What a user types, in the words of the field, turned into Hydra overrides."""

import csv
import re
import sys
from collections.abc import Sequence
from itertools import combinations

from mmdrp.cli.help.commands import ACTIONS, WITHIN, subcommands
from mmdrp.cli.help.near import near
from mmdrp.cli.help.options import instead
from mmdrp.cli.options.given import check_given
from mmdrp.cli.options.listed import POSITIONS, listed_folders, with_folders
from mmdrp.cli.options.recognised import with_study
from mmdrp.cli.samples import by_file, quote
from mmdrp.errors import MmdrpError

ALIASES = {
    "protein": "proteomics",
    "proteins": "proteomics",
    "copy_number": "cnv",
    "rna": "expression",
}
NAMED = (
    "drugs", "run", "data", "out", "raw", "path", "study.path", "fold_file", "lines", "pretrained",
    "shared_with", "best_of", "predictions", "genes", "background", "gene_sets", "targets",
    "cancers", "markers", "baseline", "enrich", "table", "file_list", "folder", "a", "b", "filter",
    "folders", "sample", "title", "experiment", "storage", "clinical", "dreval", "dreval_study",
)  # fmt: skip
MODES = {"associations": "associate", "extremes": "extremes", "enrichment": "enrich"}
"""what ``mmdrp associate mode=`` chose before each was a command"""
_TESTS = (
    "min_rate",
    "min_patients",
    "min_wildtype",
    "test",
    "correction",
    "alpha",
    "cancers",
    "pan",
    "adjust",
    "rows",
    "targets",
    "panels",
)
_GENES = ("genes", "background")
OF_OTHER_MODES = {
    "associate": ("share", "top", "shown", "direction", *_GENES),
    "extremes": (*_TESTS, *_GENES),
    "enrich": (*_TESTS, "share", "shown"),
}
"""options that a mode took and did not read, when all modes were one command"""
_SETS = {"least_similar": "min_similarity", "sets": "gene_sets"}
_TABLE1 = {"shuffles": "repeats", "designs": "variants", "closed": "closed_form_baselines"}
_BASELINE = dict.fromkeys(("model", "models", "baselines"), "baseline")
RENAMED = {
    "attribute": {"lines": "subset"},
    "attribute_benchmark": {"least": "min_count"},
    "evaluate": _BASELINE,
    "extremes": {**_SETS, "shown": "heatmap_genes"},
    "enrich": _SETS,
    "train": {
        **_TABLE1,
        "base.fill": "base.em_impute", "base.refill": "base.n_reimpute",
        "base.sparse": "base.marker_threshold", "base.steps": "base.max_markers",
        "sampler.lines": "sampler.block",
    },
    "predict": {"lines": "block"},
}  # fmt: skip
"""command -> options by the names they had: they still work, and say so"""
DRUGS_BY_NAME = ("associate", "extremes")
"""commands where ``drug=`` names a drug; elsewhere it is a group of Hydra's"""
HYDRA_FLAGS = {  # flag -> number of words that follow it
    "-m": 0, "--multirun": 0, "--cfg": 1, "-c": 1, "--resolve": 0, "--package": 1, "-p": 1,
    "--info": 1, "--config-dir": 1, "-cd": 1, "--config-name": 1, "-cn": 1, "--config-path": 1,
    "-cp": 1, "--help": 0, "-h": 0, "--hydra-help": 0, "--run": 0, "-r": 0,
    "--shell-completion": 0, "-sc": 0,
}  # fmt: skip


def whole(command: str, words: list[str]) -> str:
    """Return the name of the command's files; takes ``benchmark`` of ``attribute benchmark``.

    Takes ``mode=`` of ``associate`` too, as it was written before its modes were commands.
    """
    if command == "associate":
        command = _of_mode(words)
    if words and words[0] in WITHIN.get(command, ()):
        return f"{command}_{words.pop(0)}"
    return command


def translate(command: str, words: Sequence[str]) -> list[str]:
    """Return Hydra's arguments: its flags and ``key=value`` overrides."""
    rest = list(words)
    out: list[str] = []
    flags: list[str] = []
    if command == "data":
        out += _action(rest)
        rest = with_study(rest) if "action=build" in out else rest
        if "action=fetch" in out:
            from mmdrp.cli.options.portal import from_portals

            rest = from_portals(rest)
    if command == "predict" or (command == "evaluate" and any(map(_is_clinical, rest))):
        check_given(rest)
        rest = by_file(rest)
    if command in POSITIONS:
        rest = with_folders(command, rest)
    if command in ("report", "merge"):
        rest = listed_folders(rest)
    while rest:
        word = _renamed(command, rest.pop(0))
        if command in DRUGS_BY_NAME and word.startswith("drug="):
            word = f"drugs=[{word.removeprefix('drug=')}]"
        if command == "evaluate" and word.startswith("baseline="):  # of attribute, no group
            word = f"baselines@{word}"
        if word == "--modalities":
            names = _following(rest, word)
            out.append(f"modality=[{','.join(names)}]")
        elif word == "--subsets":
            out.append(_subsets(_following(rest, word)))
            flags += [] if "-m" in words else ["-m"]
        elif word == "--drug-features":
            out += _drug_features(_following(rest, word), words)
        elif word.split("=")[0] in HYDRA_FLAGS:
            flags.append(word)
            flags += [rest.pop(0) for _ in range(HYDRA_FLAGS.get(word, 0)) if rest]
        elif word.startswith("-"):
            flags_there = ["--modalities", "--subsets", "--drug-features", "--json", "--help",
                           "--help-all", "--cfg", "-m", "-v"]  # fmt: skip
            meant = near(word, flags_there, "there are")
            raise MmdrpError(f"unknown flag {word[:40]!r}; options are name=value; flags: {meant}")
        elif "=" not in word and not word.startswith("~"):
            raise MmdrpError(f"cannot read {word[:60]!r}; {instead(command, word)}")
        else:
            out.append(word)
    # Flags first: Hydra's parser takes overrides in one stretch only.
    return [*flags, *(_quoted(_without_aliases(word)) for word in out)]


def _is_clinical(word: str) -> bool:
    """Whether samples may be given by file beside patients: ``expression=patients.tsv``."""
    return word.startswith("clinical=")


def _of_mode(words: list[str]) -> str:
    """Return the command that ``mode=`` stands for, and take it from the words."""
    given = [word for word in words if word.startswith("mode=")]
    command = "associate"
    for word in given:
        words.remove(word)
        if word.removeprefix("mode=") not in MODES:
            raise MmdrpError(f"{word}: choose {' or '.join(MODES)}")
        command = MODES[word.removeprefix("mode=")]
        _note(f"mmdrp {command}", f"mmdrp associate {word}")
        words[:] = [w for w in words if w.split("=")[0] not in OF_OTHER_MODES[command]]
    return command


def _renamed(command: str, word: str) -> str:
    key, equals, value = word.partition("=")
    names = RENAMED.get(command, {})
    plain = key.lstrip("+~")
    parts = plain.split(".")
    # Of a group all its options, such as designs.pca=null; of others the one option.
    for length in range(len(parts), 0, -1):
        new = names.get(".".join(parts[:length]))
        if new is not None and equals:
            sign = key[: len(key) - len(plain)]
            now = ".".join([f"{sign}{new}", *parts[length:]])
            _note(f"{now}=", f"{key}=")
            return f"{now}={value}"
    return word


def _note(new: str, old: str) -> None:
    print(f"note: write `{new}` instead of `{old}`", file=sys.stderr)


def _following(rest: list[str], flag: str) -> list[str]:
    names: list[str] = []
    while rest and not rest[0].startswith("-") and "=" not in rest[0]:
        names += [name for name in rest.pop(0).split(",") if name]
    if not names:
        raise MmdrpError(f"{flag} wants at least one name after it")
    return names


def _subsets(names: list[str]) -> str:
    """Return every non-empty subset of modalities as one sweep: small ones first."""
    names = list(dict.fromkeys(ALIASES.get(name, name) for name in names))
    chosen = [c for size in range(1, len(names) + 1) for c in combinations(names, size)]
    return "modality=" + ",".join(f"[{','.join(c)}]" for c in chosen)


def _drug_features(names: list[str], words: Sequence[str]) -> list[str]:
    kinds = {
        "smiles": "morgan", "morgan": "morgan", "fingerprint": "morgan", "ecfp": "morgan",
        "fcfp": "fcfp", "atompair": "atompair", "torsion": "torsion", "maccs": "maccs",
        "graph": "graph", "identity": "identity", "minimol": "minimol", "auto": "auto",
    }  # fmt: skip
    unknown = [name for name in names if name not in kinds]
    if unknown or len(names) > 1:
        raise MmdrpError(f"--drug-features {' '.join(names)}: choose one of {', '.join(kinds)}")
    pairs = [] if any(w.startswith("response=") for w in words) else ["response=auc"]
    return [f"drug={kinds[names[0]]}", *pairs]


def _without_aliases(word: str) -> str:
    if word.replace(" ", "") == "modality=[]":
        raise MmdrpError("modality=[]: choose at least one modality")
    if word.startswith("cell_fusion="):  # a group chosen for another place
        return f"fusion@{word}"
    if not word.startswith("modality="):
        return word
    return re.sub(r"[A-Za-z_]+", lambda m: ALIASES.get(m[0], m[0]), word[len("modality=") :]).join(
        ["modality=", ""]
    )


def _quoted(word: str) -> str:
    """Quote names and paths, which may hold what Hydra's grammar reserves: "Nutlin-3a (-)"."""
    key, _, value = word.partition("=")
    if key not in NAMED or re.fullmatch(r"[\w./:${}\-]*", value) or value[:1] in "'\"":
        return word
    if not (value.startswith("[") and value.endswith("]")):
        return f"{key}={quote(value)}"
    names = next(csv.reader([value[1:-1]], skipinitialspace=True), [])
    return f"{key}=[{','.join(quote(name.strip().strip(chr(39))) for name in names)}]"


def _action(rest: list[str]) -> list[str]:
    if rest and rest[0] in ("-h", "--help"):
        return []
    if not rest or rest[0] not in ACTIONS:
        actions = list(subcommands("data"))
        if not rest:
            raise MmdrpError(f"mmdrp data: no action; there are: {', '.join(actions)}")
        there = near(rest[0], actions, "there are")
        raise MmdrpError(f"mmdrp data: no action {rest[0][:40]!r}; {there}")
    out = [f"action={rest.pop(0)}"]
    if rest and "=" not in rest[0] and not rest[0].startswith("-"):
        out.append(f"path={rest.pop(0)}")
    return out
