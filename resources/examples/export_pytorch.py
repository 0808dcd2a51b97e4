#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports a PyTorch network with saved weights as ONNX, for Tidemark.

    export_pytorch.py FILE.py:CLASS WEIGHTS.pth OUTPUT.onnx --shape 1,3,32,32

The weights file is read without running code from it. "-" instead of it keeps the weights that the
class starts with; the memory plan is the same.
"""

import argparse
import importlib.util
import json
import sys


def load_class(place):
    path, _, name = place.rpartition(":")
    if not path:
        sys.exit("error: name the class as FILE.py:CLASS")
    spec = importlib.util.spec_from_file_location("network_to_export", path)
    if spec is None or spec.loader is None:
        sys.exit(f"error: {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        sys.exit(f"error: {path} has no class {name}")
    return getattr(module, name)


def state_of(content):
    """The state dictionary in what torch.load gives: itself, or under a usual key."""
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
            break
    # Training on several devices puts "module." in front of every name.
    return {name.removeprefix("module."): tensor for name, tensor in content.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", help="FILE.py:CLASS")
    parser.add_argument("weights", help="state dictionary (.pth, .pt), or - for none")
    parser.add_argument("output", help="the .onnx file to write")
    parser.add_argument("--shape", required=True, action="append",
                        help="shape of an input, batch first: 1,3,32,32; once for every input")
    parser.add_argument("--args", default="{}", help="arguments of the class, as JSON")
    parser.add_argument("--opset", type=int, default=17)
    options = parser.parse_args()

    import torch  # late, so that --help works without it

    network = load_class(options.network)(**json.loads(options.args))
    if options.weights != "-":
        content = torch.load(options.weights, map_location="cpu", weights_only=True)
        network.load_state_dict(state_of(content))
    network.eval()
    samples = tuple(torch.zeros([int(extent) for extent in shape.split(",")])
                    for shape in options.shape)
    names = [f"input{i}" if i else "input" for i in range(len(samples))]
    torch.onnx.export(network, samples, options.output, opset_version=options.opset,
                      input_names=names, do_constant_folding=True)
    print(f"wrote {options.output}; now: tidemark check {options.output}")


if __name__ == "__main__":
    main()
