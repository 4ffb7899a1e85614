/* The fields of nodes, likewise. */
/* clang-format off */
FIELD(name) FIELD(alias) FIELD(module_name) FIELD(left) FIELD(right) FIELD(operator) FIELD(operators)
FIELD(value) FIELD(function) FIELD(arguments) FIELD(object) FIELD(attribute) FIELD(subscript)
FIELD(property) FIELD(index) FIELD(argument) FIELD(parameters) FIELD(parameter) FIELD(body)
FIELD(return_type) FIELD(superclasses) FIELD(definition) FIELD(condition) FIELD(consequence)
FIELD(alternative) FIELD(type) FIELD(key) FIELD(constructor) FIELD(source) FIELD(pattern)
FIELD(declaration) FIELD(handler) FIELD(finalizer) FIELD(increment) FIELD(initializer) FIELD(kind)
FIELD(label) FIELD(code) FIELD(template) FIELD(decorator) FIELD(expression) FIELD(method) FIELD(receiver)
FIELD(scope) FIELD(path) FIELD(operand) FIELD(field) FIELD(table) FIELD(declarator) FIELD(destination)
FIELD(redirect) FIELD(descriptor) FIELD(function_name) FIELD(args) FIELD(block) FIELD(async)
FIELD(package_name) FIELD(content) FIELD(local_declaration)
    /* clang-format on */
