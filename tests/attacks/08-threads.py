# attack: as many threads as it can
# options: --pids-limit 16 --timeout 20
# held: pids refused after 15
# user: error refused after 15
# without: .annotations["org.rsbx.limit.pids"] = "200" | .linux.resources.pids.limit = 201 | (.process.rlimits[] | select(.type == "RLIMIT_NPROC") | .soft, .hard) = 202
# through: ok 100 of them
import os, threading, time
threading.stack_size(65536)
n = 0
for i in range(100):
    try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        print("refused after", i, flush=True)
        os._exit(1)
print("100 of them", flush=True)
os._exit(0)
