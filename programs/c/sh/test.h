/* test and [: what is to be said of files, texts and numbers. Used by the shell and by the program of that name. */
#include <sys/stat.h>

struct testing {
    char **words;
    int at, count;
    const char *problem, *where; /* the first that was found, and the word that it is about */
};

static void bad_test(struct testing *own, const char *problem, const char *where)
{
    if (!own->problem) {
        own->problem = problem;
        own->where = where;
    }
}

static int64_t tested_number(struct testing *own, const char *text)
{
    char *behind;
    errno = 0;
    int64_t number = strtoimax(text, &behind, 10);
    while (isspace((unsigned char)*behind))
        behind++;
    if (*behind || behind == text || errno)
        bad_test(own, "Illegal number", text);
    return number;
}

static int is_file_test(const char *word)
{
    return word[0] == '-' && word[1] && !word[2] && strchr("bcdefghknprstuwxzGLOSN", word[1]);
}

static int test_mode(char letter, const struct stat *found)
{
    switch (letter) {
    case 'b': return S_ISBLK(found->st_mode);
    case 'c': return S_ISCHR(found->st_mode);
    case 'd': return S_ISDIR(found->st_mode);
    case 'f': return S_ISREG(found->st_mode);
    case 'p': return S_ISFIFO(found->st_mode);
    case 'h': case 'L': return S_ISLNK(found->st_mode);
    case 'S': return S_ISSOCK(found->st_mode);
    case 's': return found->st_size > 0;
    case 'u': return (found->st_mode & S_ISUID) != 0;
    case 'g': return (found->st_mode & S_ISGID) != 0;
    case 'k': return (found->st_mode & S_ISVTX) != 0;
    case 'O': return found->st_uid == geteuid();
    case 'G': return found->st_gid == getegid();
    default: return 1; /* e: it is there */
    }
}

static int test_one(struct testing *own, char letter, const char *word)
{
    struct stat found;
    switch (letter) {
    case 'n': return *word != 0;
    case 'z': return *word == 0;
    case 't': return isatty((int)tested_number(own, word));
    case 'r': return !faccessat(AT_FDCWD, word, R_OK, AT_EACCESS);
    case 'w': return !faccessat(AT_FDCWD, word, W_OK, AT_EACCESS);
    case 'x': return !faccessat(AT_FDCWD, word, X_OK, AT_EACCESS);
    case 'h': case 'L': return !lstat(word, &found) && test_mode(letter, &found);
    default: return !stat(word, &found) && test_mode(letter, &found);
    }
}

static const char *const comparisons[] = {
    "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", NULL,
};

static int is_comparison(const char *word)
{
    for (const char *const *known = comparisons; *known; known++)
        if (!strcmp(*known, word))
            return 1;
    return 0;
}

static int compare_files(const char *left, const char *operator, const char *right)
{
    struct stat one, other;
    int has_one = !stat(left, &one), has_other = !stat(right, &other);
    if (!strcmp(operator, "-ef"))
        return has_one && has_other && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    if (!has_one || !has_other)
        return operator[1] == 'n' ? has_one : has_other;
    int64_t seconds = one.st_mtim.tv_sec - other.st_mtim.tv_sec, rest = one.st_mtim.tv_nsec - other.st_mtim.tv_nsec;
    int is_newer = seconds > 0 || (!seconds && rest > 0), is_older = seconds < 0 || (!seconds && rest < 0);
    return operator[1] == 'n' ? is_newer : is_older;
}

static int compare(struct testing *own, const char *left, const char *operator, const char *right)
{
    if (operator[0] != '-') {
        int order = strcmp(left, right);
        return *operator == '<' ? order < 0 : *operator == '>' ? order > 0 : (*operator == '=') == !order;
    }
    if (!strcmp(operator, "-nt") || !strcmp(operator, "-ot") || !strcmp(operator, "-ef"))
        return compare_files(left, operator, right);
    int64_t one = tested_number(own, left), other = tested_number(own, right);
    switch (operator[1] << 8 | operator[2]) {
    case 'e' << 8 | 'q': return one == other;
    case 'n' << 8 | 'e': return one != other;
    case 'l' << 8 | 't': return one < other;
    case 'l' << 8 | 'e': return one <= other;
    case 'g' << 8 | 't': return one > other;
    default: return one >= other;
    }
}

static int test_or(struct testing *own);

/* primary := "(" or ")" | operator word | word operator word | word */
static int test_primary(struct testing *own)
{
    int left = own->count - own->at;
    char **words = own->words + own->at;
    if (left < 1) {
        bad_test(own, "argument expected", NULL);
        return 0;
    }
    if (left >= 3 && is_comparison(words[1])) {
        own->at += 3;
        return compare(own, words[0], words[1], words[2]);
    }
    if (left >= 2 && is_file_test(words[0])) {
        own->at += 2;
        return test_one(own, words[0][1], words[1]);
    }
    own->at++;
    if (strcmp(words[0], "(") || left < 2)
        return *words[0] != 0;
    int result = test_or(own);
    if (own->at == own->count || strcmp(own->words[own->at], ")"))
        bad_test(own, "closing paren expected", NULL);
    own->at++;
    return result;
}

static int test_not(struct testing *own)
{
    int is_negated = 0;
    while (own->count - own->at > 1 && !strcmp(own->words[own->at], "!")) {
        if (own->count - own->at == 3 && is_comparison(own->words[own->at + 1]))
            break; /* ! = x compares */
        is_negated = !is_negated;
        own->at++;
    }
    return test_primary(own) != is_negated;
}

static int test_and(struct testing *own)
{
    int result = test_not(own);
    while (own->at < own->count && !strcmp(own->words[own->at], "-a")) {
        own->at++;
        result &= test_not(own);
    }
    return result;
}

static int test_or(struct testing *own)
{
    int result = test_and(own);
    while (own->at < own->count && !strcmp(own->words[own->at], "-o")) {
        own->at++;
        result |= test_and(own);
    }
    return result;
}

/* The exit status of a test: 0 for true, 1 for false, 2 with a problem. */
static int run_test(struct testing *own)
{
    if (!own->count)
        return 1;
    int result = test_or(own);
    if (own->at < own->count)
        bad_test(own, "unexpected operator", own->words[own->at - 1]);
    return own->problem ? 2 : !result;
}
