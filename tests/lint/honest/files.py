import tempfile, os, pathlib
with open("out.txt", "w") as f: f.write("x")
pathlib.Path("dir").mkdir(); pathlib.Path("dir/a").write_text("hi")
with tempfile.NamedTemporaryFile() as t: t.write(b"1")
print(open("out.txt").read(), os.listdir("dir"))
