/* The languages, in the order in which `rsbx languages` lists them. One row, one file. */
LANGUAGE(python)
LANGUAGE(javascript)
