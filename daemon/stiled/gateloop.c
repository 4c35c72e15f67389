/* What the exec gate does for nearly every exec of a machine: see gateloop.py. */

#include <errno.h>
#include <linux/fanotify.h>
#include <linux/resource.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The badge is a limit: see badge.py. */
static int may_wear_badge(int pid)
{
	struct rlimit64 limit;

	if (syscall(SYS_prlimit64, pid, RLIMIT_LOCKS, NULL, &limit))
		return errno != ESRCH; /* of another user, without CAP_SYS_RESOURCE */
	return limit.rlim_max != RLIM64_INFINITY;
}

static void allow(int group, const struct fanotify_event_metadata *event)
{
	struct fanotify_response response = { .fd = event->fd, .response = FAN_ALLOW };
	ssize_t written = write(group, &response, sizeof response);

	(void)written; /* who waited was killed */
}

/* Gives 0 when somebody who may wear the badge executes: *event says who, and waits for an answer. Gives an errno
 * when the kernel could not say who does, and has denied it. */
int stile_answer_until_badge(int group, struct fanotify_event_metadata *event, uint64_t *answered)
{
	for (;;) {
		int descriptor;

		if (read(group, event, sizeof *event) < 0) {
			if (errno == EINTR)
				continue;
			return errno;
		}
		if (event->pid && may_wear_badge(event->pid))
			return 0;
		descriptor = event->fd;
		allow(group, event);
		event->event_len = 0; /* gatejournal.py */
		++*answered;
		close(descriptor);
	}
}
