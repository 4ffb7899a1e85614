# attack: waits for ever, at no cost
# options: --timeout 0.5
# held: wall
# without: .annotations["org.rsbx.limit.wall-ms"] = "20000"
# through: ok end
import time
time.sleep(2)
print("end")
