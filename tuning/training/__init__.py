"""The tree-packed trainer: one readable script per stage, on torch, transformers and peft alone.

    RECIPE.toml ─▶ recipe ┐
    train.jsonl.gz ─▶ data ─▶ packing ─▶ tree ─▶ forward ─▶ loop ─▶ adapter/ ─▶ merge
    base model ─▶ base ───────────────────────────────────┘
                                                 sft: one completion a prompt
                                                 prefer: a chosen and a rejected one (cDPO, ORPO)

Nothing here imports the rest of the package: `python -m routesql.tuning.training.sft RECIPE.toml` runs on a
bare machine with Python 3.11, torch, transformers and peft. Several GPUs: `torchrun` or `accelerate launch`.
"""
