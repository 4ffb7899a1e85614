#include <iostream>
#include <string>
#include <vector>

int main()
{
    std::vector<std::string> words{"Hello", "from", "C++"};
    for (const auto &word : words)
        std::cout << word << (&word == &words.back() ? "\n" : " ");
}
