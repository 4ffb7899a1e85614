# Never ends and never sleeps: rsbx run --cpu-limit 1 examples/spin.py
print("spinning")
while True:
    pass
