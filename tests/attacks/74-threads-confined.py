# attack: a thread of its own, which the wall was not built around
# options: --timeout 20
# needs: landlock
# edit: .annotations["org.rsbx.landlock"] = "/work:/dev"
# held: ok 0 of 2
# without: del(.annotations["org.rsbx.landlock"])
# through: ok 2 of 2
import threading
n = 0
def write(name):
    global n
    try: open("/tmp/" + name, "w").close(); n += 1
    except OSError: pass
t = threading.Thread(target=write, args=("thread",))
t.start()
t.join()
write("main")
print(n, "of 2")
