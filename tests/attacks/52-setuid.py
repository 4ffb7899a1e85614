# attack: becomes somebody else by a program with the setuid bit
# options: --timeout 20
# held: ok no new privileges, nosuid, one user
# host: root
# through: somebody else
import os
status = open("/proc/self/status").read()
nnp = "NoNewPrivs:\t1" in status and "CapEff:\t0000000000000000" in status and "CapBnd:\t0000000000000000" in status
mounts = [l.split() for l in open("/proc/self/mounts")]
nosuid = all("nosuid" in m[3].split(",") for m in mounts if m[1] in ("/work", "/tmp", "/dev/shm", "/dev"))
try: os.setresuid(0, 12345, 0); other = True
except OSError: other = False
print("somebody else" if other else "no new privileges, nosuid, one user" if nnp and nosuid else (nnp, nosuid))
