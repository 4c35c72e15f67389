/* turns COUNT A B: fork and exec A, wait for it, then B, and so on; prints two lines, the medians and 99th
 * percentiles of each in microseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double run(char *path)
{
    char *words[] = {path, NULL};
    double began = now();
    pid_t child = fork();
    if (!child) {
        execv(path, words);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    if (status) {
        fprintf(stderr, "%s: %d\n", path, status);
        exit(1);
    }
    return now() - began;
}

static int less(const void *one, const void *two)
{
    double a = *(double *)one, b = *(double *)two;
    return a < b ? -1 : a > b;
}

int main(int count, char **words)
{
    int many = atoi(words[1]);
    double *times[2] = {malloc(many * sizeof(double)), malloc(many * sizeof(double))};
    for (int turn = 0; turn < many; turn++)
        for (int each = 0; each < 2; each++) {
            int which = each ^ (turn & 1); /* nobody is always the first */
            times[which][turn] = run(words[2 + which]);
        }
    for (int which = 0; which < 2; which++) {
        qsort(times[which], many, sizeof(double), less);
        printf("%.0f %.0f\n", times[which][many / 2], times[which][many * 99 / 100]);
    }
}
