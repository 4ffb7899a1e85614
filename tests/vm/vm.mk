# Tests on another kernel with cgroup2 alone or beside v1, in qemu without KVM: see tests/vm/run.
VM_DEPS := qemu-system-x86 linux-image-amd64 busybox-static cpio kmod bats jq mmdebstrap e2fsprogs apparmor

vm-deps:
	@packaging/apt-need $(BUILD_DEPS) $(VM_DEPS) libcap2-bin

check-vm: $(if $(SKIP_DEPS),,vm-deps)
	@$(MAKE) --no-print-directory -s all units test-programs
	@$(MAKE) --no-print-directory -s TEST_STEPS=1 build/test/rsbx
	@tests/vm/run $(T)
	$(if $(T),,@VM_APPEND=security=selinux tests/vm/run scheduling:selinuxLabel)
	@tests/vm/run --hybrid
	@tests/vm/run --systemd

# What differs most on cgroup2 alone, in some minutes: part of .ci/run, which it cannot hold up for ever (VM_TIMEOUT).
VM_QUICK := cgroup resources:'limit|each.option' limits:'300.MB|all.processes|fork.bomb' lifecycle:'conmon|shim:'
check-vm-quick: $(if $(SKIP_DEPS),,vm-deps)
	@$(MAKE) --no-print-directory -s all units test-programs
	@$(MAKE) --no-print-directory -s TEST_STEPS=1 build/test/rsbx
	@VM_TIMEOUT=$(or $(VM_TIMEOUT),1200) tests/vm/run $(VM_QUICK)

.PHONY: vm-deps check-vm check-vm-quick
