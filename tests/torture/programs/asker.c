/* A program that sends as it is told, each copy to an address of its own.
 *
 *   asker tcp|udp ADDRESS MILLISECONDS    does it once, and ends with the error number
 *   asker                                 reads such lines, and answers each with the error number (0: it went through)
 *
 * Lines may also say `crowd COUNT` (fork so many, which wait), `fall` (kill them all at once) and `flood ADDRESS COUNT`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t crowd[4096];
static int many;

static struct sockaddr_in at(const char *where, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, where, &address.sin_addr);
    return address;
}

static int send_one(const char *where)
{
    struct sockaddr_in address = at(where, 9);
    int made = socket(AF_INET, SOCK_DGRAM, 0), error = 0;
    if (sendto(made, "asker", 5, 0, (void *)&address, sizeof address) < 0)
        error = errno;
    close(made);
    return error;
}

static int join(const char *where, int milliseconds)
{
    struct sockaddr_in address = at(where, 80);
    int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
    socklen_t size = sizeof error;
    struct linger none = {.l_onoff = 1};
    setsockopt(made, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    if (connect(made, (void *)&address, sizeof address) < 0) {
        struct pollfd ready = {.fd = made, .events = POLLOUT};
        error = errno;
        if (error == EINPROGRESS) {
            if (poll(&ready, 1, milliseconds) == 1)
                getsockopt(made, SOL_SOCKET, SO_ERROR, &error, &size);
            else
                error = ETIMEDOUT;
        }
    }
    close(made);
    return error;
}

static int flood(const char *where, int count)
{
    struct sockaddr_in address = at(where, 9);
    int made = socket(AF_INET, SOCK_DGRAM, 0);
    for (; count > 0; count--)
        sendto(made, "flood", 5, MSG_DONTWAIT, (void *)&address, sizeof address);
    close(made);
    return 0;
}

static int gather(int count)
{
    for (many = 0; many < count && many < 4096; many++)
        if (!(crowd[many] = fork()))
            for (;;)
                pause();
    return 0;
}

static int fall(void)
{
    for (int each = 0; each < many; each++)
        kill(crowd[each], SIGKILL);
    while (wait(NULL) > 0)
        ;
    return many = 0;
}

static int does(const char *what, const char *where, int number)
{
    if (!strcmp(what, "tcp"))
        return join(where, number);
    if (!strcmp(what, "udp"))
        return send_one(where);
    if (!strcmp(what, "flood"))
        return flood(where, number);
    if (!strcmp(what, "crowd"))
        return gather(number);
    return fall();
}

int main(int count, char **words)
{
    char line[256], what[16], where[64];
    int number;
    if (count > 3)
        return does(words[1], words[2], atoi(words[3]));
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%15s %63s %d", what, where, &number) != 3)
            return 2;
        printf("%d\n", does(what, where, number));
        fflush(stdout);
    }
    return 0;
}
