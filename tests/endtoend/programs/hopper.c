/* hopper MICROSECONDS PATH WORD...: run for so long, then become PATH. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int main(int count, char **words)
{
    long end = now() + atol(words[1]);
    while (now() < end)
        ;
    execv(words[2], words + 2);
    return 127;
}
