/* Changing the file that the kernel knows as ours (/proc/PID/exe) while we run from it. */
#ifndef RSBX_BASE_EXE_FILE_H
#define RSBX_BASE_EXE_FILE_H

/* Makes `fd`, a readable fd of the same file as /proc/self/exe on another mount, our program's file: maps our
 * segments from it and tells the kernel (prctl(2), PR_SET_MM_MAP). Call it early: the pages are faulted in
 * anew. -1 with errno set and no fail() where that cannot be done: a program that is not linked statically at
 * a fixed address, a kernel without CONFIG_CHECKPOINT_RESTORE, no CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in
 * our user namespace. The program goes on from either file then. */
int exe_file_change(int fd);

#endif
