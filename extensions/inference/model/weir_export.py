#!/usr/bin/env python3
"""Writes what scikit-learn trained as JSON, which Weir's extension `model` reads.

    import weir_export
    weir_export.save(model, "model.json", features=["dest_port", "bytes_toserver"])

A model is a decision tree, a random forest, extra trees, gradient boosting (both kinds), a logistic
or linear regression; or a pipeline of such a model behind imputers and scalers.  `features` and
`labels` may be left out where the model knows them, as it does when it was trained with a frame;
`encode` says which numbers texts became: {"proto": ["ICMP", "TCP", "UDP"]} makes TCP 1.
Works with scikit-learn from 1.0 on.  Models of XGBoost and LightGBM need no export: see
save_model.
"""
import json
import math

VERSION = 1


def numbers(array):
    """Numbers as Python's own, which JSON writes with all their digits."""
    return [float(value) for value in array]


# ---- what is done to features before ----------------------------------------------------

def scaler(step, count):
    """A step of a pipeline as Weir has it."""
    kind = type(step).__name__
    zeros, ones = [0.0] * count, [1.0] * count

    def of(values, without):
        return without if values is None else numbers(values)

    if kind == "StandardScaler":
        return {"kind": "standard", "mean": of(step.mean_ if step.with_mean else None, zeros),
                "scale": of(step.scale_ if step.with_std else None, ones)}
    if kind == "RobustScaler":
        return {"kind": "standard", "mean": of(step.center_ if step.with_centering else None, zeros),
                "scale": of(step.scale_ if step.with_scaling else None, ones)}
    if kind == "MaxAbsScaler":
        return {"kind": "standard", "mean": zeros, "scale": numbers(step.scale_)}
    if kind == "MinMaxScaler" and not step.clip:
        return {"kind": "min-max", "scale": numbers(step.scale_), "min": numbers(step.min_)}
    if kind == "SimpleImputer" and not step.add_indicator:
        if step.missing_values == step.missing_values:
            raise ValueError(f"an imputer of {step.missing_values} cannot be exported: "
                             "what is missing is NaN")
        values = numbers(step.statistics_)
        if any(math.isnan(value) for value in values):
            raise ValueError("a feature without any value: leave it out")
        return {"kind": "impute", "values": values}
    raise ValueError(f"a pipeline's step {step} cannot be exported")


# ---- trees ------------------------------------------------------------------------------

def tree_of(tree, value, output=None):
    """A tree of scikit-learn; `value` makes what a leaf says of what the tree has there."""
    left = [int(i) for i in tree.children_left]
    made = {
        "left": left, "right": [int(i) for i in tree.children_right],
        "feature": [max(-1, int(i)) for i in tree.feature], "threshold": numbers(tree.threshold),
        "value": [numbers(value(tree.value[i])) if left[i] == -1 else []
                  for i in range(tree.node_count)],
    }
    if getattr(tree, "missing_go_to_left", None) is not None:
        made["absent_left"] = [bool(i) for i in tree.missing_go_to_left]
    if output is not None:
        made["output"] = output
    return made


def shares(value):
    """What share of a leaf each class has."""
    total = value[0].sum()
    return value[0] / (total if total else 1.0)


def check_outputs(model):
    if getattr(model, "n_outputs_", 1) != 1:
        raise ValueError("a model of several outputs cannot be exported")


def forest(model, trees):
    check_outputs(model)
    if hasattr(model, "classes_"):
        made = [tree_of(tree.tree_, shares) for tree in trees]
    else:
        made = [tree_of(tree.tree_, lambda value: value[0]) for tree in trees]
    return {"compare": "float32", "trees": made, "average": True}


def link_of(model, outputs):
    if not hasattr(model, "classes_"):
        return {}
    return {"link": "logistic" if outputs == 1 else "softmax"}


def boosting(model):
    import numpy
    if not hasattr(model, "_raw_predict_init") or model.loss == "exponential":
        raise ValueError("gradient boosting can be exported with the logistic and squared losses")
    base = model._raw_predict_init(numpy.zeros((1, model.n_features_in_)))[0]
    other = model._raw_predict_init(numpy.ones((1, model.n_features_in_)))[0]
    if list(base) != list(other):
        raise ValueError("gradient boosting on top of another model cannot be exported")
    rate = model.learning_rate
    made = [tree_of(tree.tree_, lambda value: value[0] * rate, k)
            for stage in model.estimators_ for k, tree in enumerate(stage)]
    return {"compare": "float32", "trees": made, "base": numbers(base),
            **link_of(model, len(base))}


def histogram_tree(nodes, output):
    if "is_categorical" in nodes.dtype.names and nodes["is_categorical"].any():
        raise ValueError("splits by category cannot be exported: train with numbers")
    is_leaf = [bool(i) for i in nodes["is_leaf"]]
    most = 1.7976931348623157e308           # where all but absent values go left
    return {
        "left": [-1 if end else int(i) for end, i in zip(is_leaf, nodes["left"])],
        "right": [-1 if end else int(i) for end, i in zip(is_leaf, nodes["right"])],
        "feature": [-1 if end else int(i) for end, i in zip(is_leaf, nodes["feature_idx"])],
        "threshold": [0.0 if end else min(float(i), most)
                      for end, i in zip(is_leaf, nodes["num_threshold"])],
        "absent_left": [bool(i) for i in nodes["missing_go_to_left"]],
        "value": [[float(i)] if end else [] for end, i in zip(is_leaf, nodes["value"])],
        "output": output,
    }


def histogram(model):
    loss = getattr(model, "loss", "")
    if loss not in ("log_loss", "auto", "binary_crossentropy", "categorical_crossentropy",
                    "squared_error", "absolute_error"):
        raise ValueError(f"gradient boosting with the loss {loss} cannot be exported")
    base = numbers(model._baseline_prediction.ravel())
    made = [histogram_tree(tree.nodes, k)
            for stage in model._predictors for k, tree in enumerate(stage)]
    return {"compare": "float64", "trees": made, "base": base, **link_of(model, len(base))}


# ---- weights ----------------------------------------------------------------------------

def logistic(model):
    weights = [numbers(row) for row in model.coef_]
    starts = numbers(model.intercept_)
    several = model.multi_class == "multinomial" or (
        model.multi_class == "auto" and model.solver != "liblinear" and len(model.classes_) > 2)
    if several and len(weights) == 1:       # two classes: one's scores are the other's, turned
        weights = [[-w for w in weights[0]], weights[0]]
        starts = [-starts[0], starts[0]]
    link = "softmax" if several else "logistic" if len(weights) == 1 else "each"
    return {"weights": weights, "starts": starts, "link": link}


def linear(model):
    import numpy
    weights = numpy.atleast_2d(model.coef_)
    if len(weights) != 1:
        raise ValueError("a model of several outputs cannot be exported")
    return {"weights": [numbers(weights[0])],
            "starts": numbers(numpy.atleast_1d(model.intercept_))}


KINDS = {
    "DecisionTreeClassifier": lambda m: forest(m, [m]),
    "DecisionTreeRegressor": lambda m: forest(m, [m]),
    "ExtraTreeClassifier": lambda m: forest(m, [m]),
    "ExtraTreeRegressor": lambda m: forest(m, [m]),
    "RandomForestClassifier": lambda m: forest(m, m.estimators_),
    "RandomForestRegressor": lambda m: forest(m, m.estimators_),
    "ExtraTreesClassifier": lambda m: forest(m, m.estimators_),
    "ExtraTreesRegressor": lambda m: forest(m, m.estimators_),
    "GradientBoostingClassifier": boosting,
    "GradientBoostingRegressor": boosting,
    "HistGradientBoostingClassifier": histogram,
    "HistGradientBoostingRegressor": histogram,
    "LogisticRegression": logistic,
    "LinearRegression": linear,
    "Ridge": linear,
    "Lasso": linear,
}


# ---- all of it --------------------------------------------------------------------------

def export(model, features=None, labels=None, encode=None):
    """The document that `save` writes."""
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    before, last = [step for step in steps[:-1] if step != "passthrough"], steps[-1]
    kind = type(last).__name__
    if kind not in KINDS:
        raise ValueError(f"a {kind} cannot be exported: it can be {', '.join(sorted(KINDS))}")
    if features is None:
        features = getattr(steps[0], "feature_names_in_", None)
    if features is None:
        raise ValueError("name the features, in the order of the columns: features=[…]")
    if len(features) != last.n_features_in_:
        raise ValueError(f"{len(features)} features are named, and the model has "
                         f"{last.n_features_in_}")
    made = {"weir_model": VERSION, "made_by": kind, "features": [str(name) for name in features]}
    if hasattr(last, "classes_"):
        made["labels"] = [str(label) for label in (last.classes_ if labels is None else labels)]
    if encode:
        made["encode"] = {name: [str(text) for text in texts] for name, texts in encode.items()}
    if before:
        made["prepare"] = [scaler(step, len(features)) for step in before]
    made.update(KINDS[kind](last))
    return made


def save(model, path, features=None, labels=None, encode=None):
    """Writes a trained model to a file."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(export(model, features, labels, encode), file, separators=(",", ":"),
                  allow_nan=False)
        file.write("\n")
