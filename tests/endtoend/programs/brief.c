/* A program that sends one packet from PORT and ends at once; WAY is udp, connected, udp6, tcp or tcp6.
   It says its own path. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    const char *way = count > 1 ? words[1] : "udp", *word = words[0];
    int port = htons(count > 2 ? atoi(words[2]) : 0);
    int six = way[strlen(way) - 1] == '6', stream = way[0] == 't';
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in6 long_one = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    inet_pton(AF_INET, "10.77.0.2", &four.sin_addr);
    inet_pton(AF_INET6, "fd77::2", &long_one.sin6_addr);
    struct sockaddr *address = six ? (void *)&long_one : (void *)&four;
    socklen_t length = six ? sizeof long_one : sizeof four;
    int kind = stream ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM;
    int made = socket(six ? AF_INET6 : AF_INET, kind, 0);
    struct sockaddr_in near_four = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 near_six = {.sin6_family = AF_INET6, .sin6_port = port};
    bind(made, six ? (void *)&near_six : (void *)&near_four, length);
    if (stream || way[0] == 'c')
        connect(made, address, length);
    if (!stream)
        sendto(made, word, strlen(word), 0, way[0] == 'c' ? 0 : address, way[0] == 'c' ? 0 : length);
    _exit(0);
}
