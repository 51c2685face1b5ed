"""Inside: the program that runs in the sandbox, and nothing of the grader's besides.

`serve` is started by `ganlab.course.sandbox`. It imports what answers need, never runs an answer itself, and forks a
process for each (`attempt`), which is confined (`confinement`), watched (`watch`) and sealed (`seal`).
"""
