#!/usr/bin/env python3
"""Trains the small models of this folder and writes what their libraries say of some rows.

What LightGBM would say is told by a walk over trees, as its format is documented.

    apt-get install python3-sklearn python3-xgboost
    /usr/bin/python3 tests/models/make.py

NAME.json is a model as its library, or weir_export.py, writes it; NAME.rows.json has rows of numbers
(null: absent) and the library's own answers.  Among the rows are some that are exactly at, or next
to, what trees compare with.
"""
import json
import os
import sys

import numpy
import xgboost
from sklearn.ensemble import (ExtraTreesClassifier, GradientBoostingClassifier,
                              GradientBoostingRegressor, HistGradientBoostingClassifier,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

sys.dont_write_bytecode = True            # nothing but what is to be committed
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../extensions/inference/model"))
import weir_export                          # noqa: E402

FEATURES = ["bytes_toserver", "bytes_toclient", "duration", "dest_port"]
LABELS = ["benign", "bot", "scan"]


def flows(count, seed):
    """Invented flows of three kinds, and what each is."""
    random = numpy.random.RandomState(seed)
    kind = random.randint(0, 3, count)
    sent = numpy.array([2000.0, 300.0, 60.0])[kind] * random.lognormal(0, 2.0, count)
    got = numpy.array([40000.0, 250.0, 50.0])[kind] * random.lognormal(0, 3.0, count)
    lasts = numpy.array([5.0, 60.0, 0.01])[kind] * random.lognormal(0, 3.0, count)
    port = numpy.where(random.rand(count) < 0.6, numpy.array([443, 8080, 23])[kind],
                       random.randint(1, 65535, count))
    return numpy.column_stack([sent, got, lasts, port.astype(float)]), kind


X, Y = flows(400, 1)
NEW, _ = flows(16, 2)


def beside(thresholds):
    """Rows that differ from a middle one in a feature that is at, or next to, a threshold."""
    rows = []
    for feature, threshold in thresholds[:6]:
        single = numpy.float32(threshold)
        for value in (threshold, threshold * (1 + 1e-12), threshold * (1 - 1e-12), float(single),
                      float(numpy.nextafter(single, numpy.float32(numpy.inf))),
                      float(numpy.nextafter(single, numpy.float32(-numpy.inf)))):
            row = numpy.median(X, axis=0)
            row[feature] = value
            rows.append(row)
    return numpy.array(rows)


def with_holes(rows):
    made = rows.copy()
    for i in range(0, len(made), 2):
        made[i, i // 2 % made.shape[1]] = numpy.nan
    return made


def write(name, rows, answers, labels=None):
    answers = numpy.asarray(answers, dtype=float)
    answers = answers.reshape(len(rows), -1)
    made = {
        "features": FEATURES, "labels": labels,
        "rows": [[None if numpy.isnan(x) else float(x) for x in row] for row in rows],
        "answers": [[float(x) for x in row] for row in answers],
    }
    with open(os.path.join(HERE, name + ".rows.json"), "w", encoding="utf-8") as file:
        json.dump({key: value for key, value in made.items() if value is not None}, file,
                  separators=(",", ":"))
        file.write("\n")


def path(name):
    return os.path.join(HERE, name + ".json")


# ---- scikit-learn -------------------------------------------------------------------------

def thresholds_of(trees):
    return [(tree.tree_.feature[i], tree.tree_.threshold[i]) for tree in trees
            for i in range(tree.tree_.node_count) if tree.tree_.feature[i] >= 0]


def learnt(name, model, target, rows=NEW, labels=None):
    model.fit(X, target)
    weir_export.save(model, path(name), features=FEATURES, labels=labels)
    answers = model.predict_proba(rows) if labels else model.predict(rows)
    write(name, rows, answers, labels)


def learn_trees():
    few, two = {"max_depth": 4, "random_state": 3}, (Y == 1).astype(int)
    for name, model, target, labels in [
            ("tree", DecisionTreeClassifier(**few), Y, LABELS),
            ("forest", RandomForestClassifier(7, **few), Y, LABELS),
            ("extra", ExtraTreesClassifier(5, **few), Y, LABELS),
            ("boosted", GradientBoostingClassifier(n_estimators=6, **few), two, ["no", "bot"]),
            ("boosted3", GradientBoostingClassifier(n_estimators=3, **few), Y, LABELS),
            ("forest-number", RandomForestRegressor(5, **few), X[:, 2] * 2, None),
            ("boosted-number", GradientBoostingRegressor(n_estimators=5, **few), X[:, 2], None)]:
        model.fit(X, target)
        trees = numpy.ravel(getattr(model, "estimators_", [model]))
        rows = numpy.concatenate([NEW, beside(thresholds_of(trees))])
        learnt(name, model, target, rows, labels)


def learn_histogram():
    model = HistGradientBoostingClassifier(max_iter=4, max_depth=3, random_state=3)
    model.fit(with_holes(X), Y)
    nodes = [node for stage in model._predictors for tree in stage for node in tree.nodes]
    near = beside([(n["feature_idx"], n["num_threshold"]) for n in nodes
                   if not n["is_leaf"] and numpy.isfinite(n["num_threshold"])])
    rows = with_holes(numpy.concatenate([NEW, near]))
    weir_export.save(model, path("histogram"), features=FEATURES, labels=LABELS)
    write("histogram", rows, model.predict_proba(rows), LABELS)


def learn_weights():
    two = (Y == 1).astype(int)
    scaled = dict(max_iter=500)
    learnt("logistic", make_pipeline(StandardScaler(), LogisticRegression(**scaled)), two, NEW,
           ["no", "bot"])
    learnt("logistic3", make_pipeline(MinMaxScaler(), LogisticRegression(**scaled)), Y, NEW, LABELS)
    learnt("logistic-each", make_pipeline(StandardScaler(), LogisticRegression(solver="liblinear")),
           Y, NEW, LABELS)
    learnt("logistic-two", make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(),
        LogisticRegression(multi_class="multinomial", **scaled)), two, with_holes(NEW),
        ["no", "bot"])
    learnt("linear", make_pipeline(StandardScaler(), LinearRegression()), X[:, 0] - X[:, 2], NEW)


# ---- XGBoost ------------------------------------------------------------------------------

def boosted_thresholds(name):
    with open(path(name), encoding="utf-8") as file:
        trees = json.load(file)["learner"]["gradient_booster"]["model"]["trees"]
    return [(tree["split_indices"][i], tree["split_conditions"][i]) for tree in trees
            for i in range(len(tree["left_children"])) if tree["left_children"][i] != -1]


def boost(name, target, rounds=5, names=FEATURES, **options):
    data = xgboost.DMatrix(with_holes(X), label=target, feature_names=names)
    model = xgboost.train({"max_depth": 3, "seed": 3, "nthread": 1, **options}, data, rounds)
    model.save_model(path(name))
    rows = with_holes(numpy.concatenate([NEW, beside(boosted_thresholds(name))]))
    answers = model.predict(xgboost.DMatrix(rows, feature_names=names))
    if options["objective"] == "binary:logistic":
        answers = numpy.column_stack([numpy.float32(1) - answers, answers])
    write(name, rows, answers)


def boost_all():
    two = (Y == 1).astype(int)
    boost("xgb", two, objective="binary:logistic", base_score=0.3)
    boost("xgb-dozens", two, 40, objective="binary:logistic", tree_method="hist")
    boost("xgb3", Y, objective="multi:softprob", num_class=3)
    boost("xgb-parallel", Y, 2, objective="multi:softprob", num_class=3, num_parallel_tree=3,
          subsample=0.7)
    boost("xgb-number", X[:, 2], objective="reg:squarederror", gamma=50.0)
    boost("xgb-share", two * 0.8, objective="reg:logistic", names=None)


def boost_early():
    """A model that its own class uses only up to its best round."""
    two = (Y == 1).astype(int)
    model = xgboost.XGBClassifier(n_estimators=60, max_depth=3, learning_rate=1.0, n_jobs=1,
                                  early_stopping_rounds=3)
    held, kind = flows(60, 5)
    model.fit(X, two, eval_set=[(held, (kind == 1).astype(int))], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    model.save_model(path("xgb-early"))
    write("xgb-early", NEW, model.predict_proba(NEW))


# ---- LightGBM: no package of Debian has it ------------------------------------------------

ZERO = float(numpy.float32(1e-35))


def grown(random, leaves):
    """A tree by chance: nodes are split one after the other, as LightGBM numbers them."""
    tree = {"split_feature": [], "threshold": [], "decision_type": [], "left_child": [],
            "right_child": [], "leaf_value": [float(random.normal())]}
    parent = [None]                         # of each leaf: its node, and on which side
    for node in range(leaves - 1):
        leaf = random.randint(0, len(parent))
        if parent[leaf]:
            tree[parent[leaf][1]][parent[leaf][0]] = node
        feature = random.randint(0, len(FEATURES))
        tree["split_feature"].append(feature)
        tree["threshold"].append(float(random.choice(X[:, feature]) - random.choice([0, 1e-9])))
        tree["decision_type"].append(int(random.choice([0, 2, 4, 6, 8, 10])))
        tree["left_child"].append(-1 - leaf)
        tree["right_child"].append(-1 - len(parent))
        parent[leaf] = (node, "left_child")
        parent.append((node, "right_child"))
        tree["leaf_value"].append(float(random.normal()))
    return tree


def leaf_of(tree, row):
    """What its documentation means: 2 is the default's side, and 4 and 8 say what is absent."""
    node = 0
    while node >= 0:
        value, kind = row[tree["split_feature"][node]], tree["decision_type"][node]
        absent = numpy.isnan(value) if kind >> 2 == 2 else kind >> 2 == 1 and (
            numpy.isnan(value) or -ZERO <= value <= ZERO)
        if numpy.isnan(value) and kind >> 2 == 0:
            value = 0.0
        goes_left = bool(kind & 2) if absent else value <= tree["threshold"][node]
        node = tree["left_child" if goes_left else "right_child"][node]
    return tree["leaf_value"][-1 - node]


def write_lightgbm():
    """A model for three classes by chance, and what a walk over its trees says."""
    random = numpy.random.RandomState(7)
    trees = [grown(random, 31) for _ in range(12)]
    lines = ["tree", "version=v4", "num_class=3", "num_tree_per_iteration=3", "label_index=0",
             "max_feature_idx=3", "objective=multiclass num_class:3",
             "feature_names=" + " ".join(FEATURES), "feature_infos=none none none none", ""]
    for i, tree in enumerate(trees):
        lines += [f"Tree={i}", "num_leaves=31", "num_cat=0"]
        lines += [f"{key}=" + " ".join(repr(x) for x in values) for key, values in tree.items()]
        lines += ["is_linear=0", "shrinkage=0.1", "", ""]
    lines += ["end of trees", "", "parameters:", "end of parameters", ""]
    with open(os.path.join(HERE, "lightgbm.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    near = beside([(tree["split_feature"][0], tree["threshold"][0]) for tree in trees])
    rows = with_holes(numpy.concatenate([NEW, near, numpy.zeros((4, 4))]))
    sums = numpy.array([[sum(leaf_of(tree, row) for tree in trees[k::3]) for k in range(3)]
                        for row in rows])
    powers = numpy.exp(sums - sums.max(axis=1, keepdims=True))
    write("lightgbm", rows, powers / powers.sum(axis=1, keepdims=True), LABELS)


def learn_sample():
    """The model that the extension `model` has for its sample, under NFStream's name of a port."""
    model = RandomForestClassifier(5, max_depth=4, random_state=3).fit(X, Y)
    weir_export.save(model, os.path.join(HERE, "../../extensions/inference/model/sample.json"),
                     features=[*FEATURES[:3], "dst_port"], labels=LABELS)


learn_sample()
write_lightgbm()
learn_trees()
learn_histogram()
learn_weights()
boost_all()
boost_early()
