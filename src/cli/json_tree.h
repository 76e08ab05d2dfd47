/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Documents that are changed once they have been written: a report shortens
 * lists and orders them anew. By json-c, which reads what json_value.h wrote.
 */
#ifndef RMAP_INSPECT_CLI_JSON_TREE_H
#define RMAP_INSPECT_CLI_JSON_TREE_H

#include <json-c/json.h>

#include "json_value.h"

typedef struct json_object tree;

tree *new_tree(json value);		/* consumes value, which is not null */
tree *new_tree_object(void);
tree *new_tree_array(void);
void free_tree(tree *tree);		/* accepts NULL */

/* Consume value, as add() and append() do. */
void tree_add(tree *object, const char *key, tree *value);
void tree_add_json(tree *object, const char *key, json value);
void tree_append(tree *array, tree *value);
void tree_append_json(tree *array, json value);
void tree_put(tree *array, size_t i, tree *value);	/* in place of item i */

/* These accept NULL for object and array: nothing is in it. */
tree *tree_get(tree *object, const char *key);
size_t tree_length(tree *array);

/* Only the first max items stay. How many go. */
size_t tree_cut(tree *array, size_t max);

/* Its text, as json_words() has it. */
const char *tree_words(tree *tree);

#endif
