/* For each line on standard input: sends a thousand times, and says how many nanoseconds one takes (the median).
   "s": a datagram of one socket; "n": a datagram of a new socket each time; "t": a SYN of a new socket each time. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STROKES = 1000 };

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int compare(const void *one, const void *other)
{
    long left = *(const long *)one, right = *(const long *)other;
    return left < right ? -1 : left > right;
}

int main(void)
{
    static long took[STROKES];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "10.77.0.2", &address.sin_addr);
    int kept = socket(AF_INET, SOCK_DGRAM, 0);
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        for (int stroke = 0; stroke < STROKES; stroke++) {
            long start = now();
            if (*line == 's') {
                sendto(kept, "x", 1, 0, (void *)&address, sizeof address);
            } else if (*line == 'n') {
                int made = socket(AF_INET, SOCK_DGRAM, 0);
                sendto(made, "x", 1, 0, (void *)&address, sizeof address);
                close(made);
            } else {
                int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
                connect(made, (void *)&address, sizeof address);
                close(made);
            }
            took[stroke] = now() - start;
        }
        qsort(took, STROKES, sizeof *took, compare);
        printf("%ld\n", took[STROKES / 2]);
        fflush(stdout);
    }
}
