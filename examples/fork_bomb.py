# Forks until it cannot: rsbx run --pids-limit 20 examples/fork_bomb.py
import os
import time

children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        children += 1
except OSError as e:
    print(f"{children} children, then: {e.strerror}")
