/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json_tree.h"

#include "alloc.h"

tree *new_tree(json value)
{
	json text = new_written(value);
	size_t n;
	tree *tree = need(json_tokener_parse(json_words(text, &n)));

	free_json(text);
	return tree;
}

tree *new_tree_object(void)
{
	return need(json_object_new_object());
}

tree *new_tree_array(void)
{
	return need(json_object_new_array());
}

void free_tree(tree *tree)
{
	json_object_put(tree);
}

void tree_add(tree *object, const char *key, tree *value)
{
	if (json_object_object_add(object, key, value) < 0)
		no_memory();
}

void tree_add_json(tree *object, const char *key, json value)
{
	tree_add(object, key, new_tree(value));
}

void tree_append(tree *array, tree *value)
{
	if (json_object_array_add(array, value) < 0)
		no_memory();
}

void tree_append_json(tree *array, json value)
{
	tree_append(array, new_tree(value));
}

void tree_put(tree *array, size_t i, tree *value)
{
	if (json_object_array_put_idx(array, i, value) < 0)
		no_memory();
}

tree *tree_get(tree *object, const char *key)
{
	return object ? json_object_object_get(object, key) : NULL;
}

size_t tree_length(tree *array)
{
	return array ? json_object_array_length(array) : 0;
}

size_t tree_cut(tree *array, size_t max)
{
	size_t n = tree_length(array);

	if (n <= max)
		return 0;
	json_object_array_del_idx(array, max, n - max);
	return n - max;
}

const char *tree_words(tree *tree)
{
	const int flags = JSON_C_TO_STRING_PLAIN |
			  JSON_C_TO_STRING_NOSLASHESCAPE;

	return need((void *)json_object_to_json_string_ext(tree, flags));
}
