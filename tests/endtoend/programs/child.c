/* child [WORD [COUNT]]: send WORD, or "child", in a datagram, and end at once; with COUNT, send so many of
 * them, one a millisecond. "-" is not sent. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    const char *word = count > 1 ? words[1] : "child";
    if (!strcmp(word, "-"))
        return 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "10.77.0.2", &address.sin_addr);
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    for (int left = count > 2 ? atoi(words[2]) : 1; left > 0; left--) {
        sendto(datagrams, word, strlen(word), 0, (void *)&address, sizeof address);
        if (left > 1)
            usleep(1000);
    }
    return 0;
}
