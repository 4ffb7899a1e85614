#!/bin/bash
echo "Hello from Bash ${BASH_VERSION%%(*}"
