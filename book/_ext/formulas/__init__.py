"""The book's formulas, read from their TeX and evaluated, so that a wrong sign stops the build.

`reading` makes a tree of TeX, `world` draws distributions, functions and parameters at random, `values` evaluates a
tree in such a world, and `chains` asks whether each line of a derivation agrees with the one before.
"""
