/* starter: for each line "COUNT PATH [ARGUMENT...]" that it reads, fork and exec PATH so often, wait for it each
 * time, and print how long each took, in nanoseconds, on one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static long run(char **words)
{
    long began = now();
    pid_t child = fork();
    if (!child) {
        execv(words[0], words);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    if (status)
        exit(1);
    return now() - began;
}

int main(void)
{
    char line[4096], *words[16];
    while (fgets(line, sizeof line, stdin)) {
        int count = atoi(strtok(line, " ")), many = 0;
        while (many < 15 && (words[many] = strtok(NULL, " \n")))
            many++;
        words[many] = NULL;
        for (int each = 0; each < count; each++)
            printf("%s%ld", each ? " " : "", run(words));
        printf("\n");
        fflush(stdout);
    }
}
