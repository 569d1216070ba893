"""Training data that no benchmark brings: SENSE's weak data and its strong data.

    weak     sampling ▶ labels ▶ samples.jsonl ─┬─▶ `tune data --samples`   noise correction
                                                └─▶ preference              pairs of a right and a wrong SQL
    strong   strong_model ▶ domain, schema, rows ▶ sandbox ▶ questions ▶ selection ▶ corpus_folder

Weak is the model that is tuned, wrong as it may be; strong is one that need not be small. Each SQL is
labelled by executing it. Source: SENSE (Yang et al., ACL 2024, arXiv 2408.03256).
"""
