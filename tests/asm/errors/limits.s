# What would take too much memory or time, each in one line.
        .data
        .align  -1
        .align
        .align  31
        .space  0x7fffffff
        .fill   0x7fffffff, 8, 1
        .word   ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
        .org    0x7fffffff
        .set    first, second
        .set    second, first
        .word   first
        .space  first
ring:   .space  64 - (after - ring)
after:  .bss
        .space  0x7fffffff
        .comm   huge, 0xffffffff
