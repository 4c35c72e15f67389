/* An exec gate that decides nothing: the least that asking can cost.
 *
 *     gate FOLDER                  let all execs go of the file system that FOLDER lies on
 *     gate FOLDER GLANCE PROCS     before it, run the BPF program GLANCE (a descriptor, or -1) with the process, as
 *                                  daemon/stiled/glance.py does, and write it into the cgroup.procs that PROCS names
 *
 * It says `there` when it has begun. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void look(int glance, int pid)
{
	uint32_t context[4] = { pid, 0, 2, 0 };
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof attributes);
	attributes.test.prog_fd = glance;
	attributes.test.ctx_in = (uintptr_t)context;
	attributes.test.ctx_size_in = sizeof context;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes))
		perror("look");
}

static void move(int procs, int pid)
{
	char text[16];

	if (write(procs, text, snprintf(text, sizeof text, "%d", pid)) < 0)
		perror("move");
}

int main(int count, char **words)
{
	struct fanotify_event_metadata event;
	int group = fanotify_init(FAN_CLOEXEC | FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
	int glance = count > 3 ? atoi(words[2]) : -1, procs = count > 3 ? open(words[3], O_WRONLY | O_CLOEXEC) : -1;

	if (count < 2 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, AT_FDCWD, words[1])) {
		perror("gate");
		return 1;
	}
	setpriority(PRIO_PROCESS, 0, -15); /* URGENT, execgate.py */
	puts("there");
	fflush(stdout);
	while (read(group, &event, sizeof event) == sizeof event) {
		struct fanotify_response response = { .fd = event.fd, .response = FAN_ALLOW };

		if (glance >= 0)
			look(glance, event.pid);
		if (procs >= 0)
			move(procs, event.pid);
		if (write(group, &response, sizeof response) < 0 && errno != ENOENT)
			perror("answer");
		close(event.fd);
	}
	return 1;
}
