/* A program that sends its first argument, or "child", in one datagram and ends at once; "-" is not sent. */
#include <arpa/inet.h>
#include <string.h>

int main(int count, char **words)
{
    const char *word = count > 1 ? words[1] : "child";
    if (!strcmp(word, "-"))
        return 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "10.77.0.2", &address.sin_addr);
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    return sendto(datagrams, word, strlen(word), 0, (void *)&address, sizeof address) < 0;
}
