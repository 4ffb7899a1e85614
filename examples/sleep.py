# Never ends and does nothing: rsbx run --timeout 1 examples/sleep.py
import time

print("sleeping")
time.sleep(1000)
