# Prints without end: rsbx run --output-limit 64 --output-kill examples/output_bomb.py
while True:
    print("x" * 1000)
