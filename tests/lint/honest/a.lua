local f = assert(io.open("x", "w")); f:write("hi"); f:close(); print(io.open("x"):read("a"))
