/* One program that makes traffic as it is told, and the server for it. Addresses are those of a world.
 *
 *   traffic serve          port 80: accept and close; 81: read all, then say so; UDP 9: read
 *   traffic                does what standard input says, a line each, and answers with a line
 *   traffic hop PATH MS    begins a connection to port 80, waits, and becomes PATH
 *   traffic once PORT      makes one connection
 *
 * The lines are KIND COUNT PORT:
 *   c  connect and close         u  new socket, one datagram, close
 *   t  fifty connections at once (the time of one of them is told)
 *   b  send BULK octets, until the other side has them
 *   f  COUNT milliseconds of PORT datagrams a millisecond, from one socket
 * The answer: the clock at the end, how many were refused, and the nanoseconds of each; of f, how many were
 * sent and how many of them were refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 100000, AT_ONCE = 50, BULK = 16 << 20, PIECE = 1 << 16, A_MILLISECOND = 1000000 };

static long took[MOST], refused;
static char piece[PIECE];

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static struct sockaddr_in place(const char *where, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, where, &address.sin_addr);
    return address;
}

static int made(int kind)
{
    struct linger at_once = {1, 0};
    int one = socket(AF_INET, kind, 0);
    if (one < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return one;
}

static void check(int outcome)
{
    if (!outcome)
        return;
    if (outcome != ECONNREFUSED && outcome != EHOSTUNREACH && outcome != EPERM) {
        fprintf(stderr, "traffic: %s\n", strerror(outcome));
        exit(1);
    }
    refused++;
}

static void one_connection(struct sockaddr_in *there)
{
    int one = made(SOCK_STREAM);
    check(connect(one, (void *)there, sizeof *there) ? errno : 0);
    close(one);
}

static void one_datagram(struct sockaddr_in *there)
{
    int one = socket(AF_INET, SOCK_DGRAM, 0);
    check(sendto(one, "x", 1, 0, (void *)there, sizeof *there) < 0 ? errno : 0);
    close(one);
}

static void many_connections(struct sockaddr_in *there)
{
    struct pollfd all[AT_ONCE];
    for (int each = 0; each < AT_ONCE; each++) {
        all[each] = (struct pollfd){made(SOCK_STREAM | SOCK_NONBLOCK), POLLOUT, 0};
        connect(all[each].fd, (void *)there, sizeof *there);
    }
    for (int left = AT_ONCE; left;) {
        poll(all, AT_ONCE, -1);
        for (int each = 0; each < AT_ONCE; each++) {
            int outcome = 0;
            socklen_t length = sizeof outcome;
            if (all[each].fd < 0 || !all[each].revents)
                continue;
            getsockopt(all[each].fd, SOL_SOCKET, SO_ERROR, &outcome, &length);
            check(outcome);
            close(all[each].fd);
            all[each].fd = -1;
            left--;
        }
    }
}

static void bulk(struct sockaddr_in *there)
{
    int one = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(one, (void *)there, sizeof *there) ? errno : 0);
    for (long left = BULK; left > 0;) {
        long sent = write(one, piece, PIECE);
        if (sent <= 0)
            break;
        left -= sent;
    }
    shutdown(one, SHUT_WR);
    if (read(one, piece, 1) != 1)
        refused++;
    close(one);
}

static void flood(long milliseconds, int a_millisecond)
{
    struct sockaddr_in there = place("10.77.0.2", 9);
    int one = socket(AF_INET, SOCK_DGRAM, 0);
    long start = now(), sent = 0, lost = 0;
    for (long at = 0; at < milliseconds; at++) {
        for (int each = 0; each < a_millisecond; each++, sent++)
            lost += sendto(one, "x", 1, MSG_DONTWAIT, (void *)&there, sizeof there) < 0;
        long ahead = start + (at + 1) * A_MILLISECOND - now();
        if (ahead > 0)
            usleep(ahead / 1000);
        if (now() - start > milliseconds * A_MILLISECOND)
            break;
    }
    close(one);
    printf("%ld %ld %ld\n", now(), lost, sent);
}

static void work(void)
{
    char line[64], kind;
    int count, port;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%c %d %d", &kind, &count, &port) != 3 || count > MOST)
            exit(2);
        refused = 0;
        if (kind == 'f') {
            flood(count, port);
            fflush(stdout);
            continue;
        }
        struct sockaddr_in there = place("10.77.0.2", port);
        for (int each = 0; each < count; each++) {
            long start = now();
            if (kind == 'c')
                one_connection(&there);
            else if (kind == 'u')
                one_datagram(&there);
            else if (kind == 't')
                many_connections(&there);
            else
                bulk(&there);
            took[each] = (now() - start) / (kind == 't' ? AT_ONCE : 1);
        }
        printf("%ld %ld", now(), refused);
        for (int each = 0; each < count; each++)
            printf(" %ld", took[each]);
        printf("\n");
        fflush(stdout);
    }
}

static int listener(int kind, int port)
{
    struct sockaddr_in here = place("0.0.0.0", port);
    int one = socket(AF_INET, kind, 0), yes = 1;
    setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(one, (void *)&here, sizeof here) || (kind == SOCK_STREAM && listen(one, 4096))) {
        perror("traffic serve");
        exit(1);
    }
    return one;
}

static void serve(void)
{
    int short_ones = listener(SOCK_STREAM, 80), long_ones = listener(SOCK_STREAM, 81);
    int datagrams = listener(SOCK_DGRAM, 9);
    puts("there");
    fflush(stdout);
    if (!fork())
        for (;;)
            close(accept(short_ones, NULL, NULL));
    if (!fork())
        for (;;)
            recv(datagrams, piece, 1, 0);
    for (;;) {
        int one = accept(long_ones, NULL, NULL);
        while (read(one, piece, PIECE) > 0)
            ;
        write(one, "x", 1);
        close(one);
    }
}

int main(int count, char **words)
{
    if (count == 2 && !strcmp(words[1], "serve"))
        serve();
    if (count == 3 && !strcmp(words[1], "once")) {
        struct sockaddr_in there = place("10.77.0.2", atoi(words[2]));
        one_connection(&there);
        return 0;
    }
    if (count == 4 && !strcmp(words[1], "hop")) {
        struct sockaddr_in there = place("10.77.0.2", 80);
        int one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(one, (void *)&there, sizeof there);
        usleep(atoi(words[3]) * 1000);
        execl(words[2], words[2], "once", "81", NULL);
        return 1;
    }
    work();
}
