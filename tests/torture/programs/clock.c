/* A wall clock that is set for some programs alone: LD_PRELOAD=clock.so STILE_CLOCK=FILE PROGRAM...
 *
 * FILE holds eight octets, a number of seconds: so much later it is for PROGRAM than for the machine. Whoever writes
 * another one sets the clock, at once. Alarms of the wall clock (timerfd_create(2)) ring by it as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t none;
static const volatile int64_t *later = &none;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("STILE_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *later, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        later = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int error = real(clock, now);
    if (!error && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *later;
    return error;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *into, void *zone __attribute__((unused)))
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    into->tv_sec = now.tv_sec;
    into->tv_usec = now.tv_nsec / 1000;
    return 0;
}

int timerfd_settime(int timer, int flags, const struct itimerspec *when, struct itimerspec *former)
{
    static int (*real)(int, int, const struct itimerspec *, struct itimerspec *);
    struct itimerspec at = *when;
    if (!real)
        real = dlsym(RTLD_NEXT, "timerfd_settime");
    if (flags & TFD_TIMER_CANCEL_ON_SET && at.it_value.tv_sec) /* by the wall clock, and set */
        at.it_value.tv_sec = at.it_value.tv_sec > *later ? at.it_value.tv_sec - *later : 1;
    return real(timer, flags, &at, former);
}
