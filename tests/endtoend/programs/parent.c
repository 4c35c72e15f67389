/* A program that starts others, in every way there is, and sends meanwhile. It does what it reads:
 *
 *   start HOW COUNT PATH ARGUMENTS...   start PATH so often, each time when the last one has ended
 *   flood WORD                          send WORD all the time, from a thread
 *   pace MICROSECONDS                   send numbers at that pace, from a thread: datagrams, and on a connection
 *   stop                                end the thread
 *   say WORD                            send WORD once
 *   inherit                             let its sockets be inherited by what it starts
 *
 * and answers each line with one of its own: how often the thread has sent, or 0. With an argument, it
 * sends that and ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

static int datagrams, connection = -1, running, pace;
static long sent;
static char word[64];
static char *path, **arguments;

static struct sockaddr_in far(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "10.77.0.2", &address.sin_addr);
    return address;
}

static void *send_on(void *unused)
{
    while (__atomic_load_n(&running, __ATOMIC_RELAXED)) {
        if (pace) {
            char number[32];
            int length = sprintf(number, "%ld\n", sent);
            send(datagrams, number, length, 0);
            if (connection >= 0)
                send(connection, number, length, MSG_NOSIGNAL);
            usleep(pace);
        } else {
            send(datagrams, word, strlen(word), 0);
        }
        sent++;
    }
    return unused;
}

static void become(void)
{
    execv(path, arguments);
    _exit(127);
}

/* An exec that fails after the kernel has looked at the file; then go on as who we are. */
static void fail_to_become(void)
{
    execv(path, arguments);
    for (int left = 100; left > 0; left--) {
        send(datagrams, "back", 4, 0);
        usleep(10000);
    }
    _exit(0);
}

static void *become_from_thread(void *unused)
{
    become();
    return unused;
}

static void become_from_memory(void)
{
    int file = open(path, O_RDONLY), memory = memfd_create("nobody", MFD_CLOEXEC);
    while (sendfile(memory, file, NULL, 1 << 20) > 0)
        ;
    fexecve(memory, arguments, environ);
    _exit(127);
}

static void start(const char *how)
{
    pid_t child = 0;
    if (!strcmp(how, "spawn"))
        posix_spawn(&child, path, NULL, NULL, arguments, environ);
    else if (!strcmp(how, "vfork"))
        child = vfork() ?: (become(), 0);
    else if (!(child = fork())) {
        if (!strcmp(how, "thread")) {
            pthread_t other;
            pthread_create(&other, NULL, become_from_thread, NULL);
            pause();
        } else if (!strcmp(how, "memory")) {
            become_from_memory();
        } else if (!strcmp(how, "fail")) {
            fail_to_become();
        } else if (!strcmp(how, "daemon")) {
            setsid();
            pid_t grandchild = fork();
            if (grandchild) {
                waitpid(grandchild, NULL, 0);
                _exit(0);
            }
        }
        become();
    }
    waitpid(child, NULL, 0);
}

static void start_many(char *rest)
{
    char *words[16] = {0};
    int count = 0;
    for (char *each = strtok(rest, " \n"); each && count < 15; each = strtok(NULL, " \n"))
        words[count++] = each;
    path = words[2];
    arguments = words + 2;
    for (int left = atoi(words[1]); left > 0; left--)
        start(words[0]);
}

int main(int count, char **words)
{
    struct sockaddr_in discard = far(9), sink = far(80);
    datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    connect(datagrams, (void *)&discard, sizeof discard);
    if (count > 1)
        return send(datagrams, words[1], strlen(words[1]), 0) < 0;
    pthread_t thread;
    char line[1024];
    while (fgets(line, sizeof line, stdin)) {
        long answer = 0;
        if (!strncmp(line, "start ", 6)) {
            start_many(line + 6);
        } else if (sscanf(line, "flood %60s", word) == 1 || sscanf(line, "pace %d", &pace) == 1) {
            if (pace) {
                connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                if (connect(connection, (void *)&sink, sizeof sink))
                    connection = -1;
            }
            running = 1;
            pthread_create(&thread, NULL, send_on, NULL);
        } else if (!strncmp(line, "stop", 4)) {
            __atomic_store_n(&running, 0, __ATOMIC_RELAXED);
            pthread_join(thread, NULL);
            answer = sent;
        } else if (sscanf(line, "say %60s", word) == 1) {
            answer = send(datagrams, word, strlen(word), 0);
        } else if (!strncmp(line, "inherit", 7)) {
            fcntl(datagrams, F_SETFD, 0);
        }
        printf("%ld\n", answer);
        fflush(stdout);
    }
}
