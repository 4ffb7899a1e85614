/* The commands, in the order in which --help lists them. One row, one file. */
COMMAND(spec)
COMMAND(completion)
