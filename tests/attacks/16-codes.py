# attack: exits with the code of a verdict
# options: --timeout 20
# held: error
# code: 137
# host: root
# through: exit 137
import os
os._exit(137)
