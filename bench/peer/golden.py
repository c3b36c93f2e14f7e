"""Write golden numbers of one CYBORG step: python3 golden.py ARCH OUT.json [SALT] [BATCH] [float32|float64] [SIZE]

float64 tells a wrong formula from rounding: with batch norm over a batch of two, float32 gradients of PyTorch itself
differ by up to 0.4 % between thread counts and processors. SIZE: of the images, in place of the network's own."""
import json, sys
import torch
import torch.nn.functional as F
from formula import fill_state, batch
from models import build, forward, cam, head

arch, out = sys.argv[1], sys.argv[2]
salt = sys.argv[3] if len(sys.argv) > 3 else ""
n = int(sys.argv[4]) if len(sys.argv) > 4 else 2
dtype = getattr(torch, sys.argv[5] if len(sys.argv) > 5 else "float32")
own_size = int(sys.argv[6]) if len(sys.argv) > 6 else None
digits = 7 if dtype == torch.float32 else 12
alpha = 0.5
torch.manual_seed(0)
result = {"arch": arch, "salt": salt, "batch": n, "alpha": alpha, "torch": torch.__version__}
r = lambda t: [float(f"{v:.{digits}g}") for v in t.detach().flatten().tolist()]
for mode in ("eval", "train"):
    for tap in ("gap", "official"):
        model, size, map_size = build(arch)
        if own_size:
            size = own_size
            with torch.no_grad():
                map_size = forward(arch, model.eval(), torch.zeros(1, 3, size, size))[1].shape[-1]
        fill_state(model, salt)
        model.to(dtype)
        model.train(mode == "train")
        x, human, y = batch(size, map_size, n, salt)
        x, human = x.to(dtype), human.to(dtype)
        logits, gap, official = forward(arch, model, x)
        pred = logits.argmax(1)
        cams = cam(gap if tap == "gap" else official, head(arch, model).weight, pred)
        ce, sal = F.cross_entropy(logits, y), F.mse_loss(cams, human)
        loss = alpha * ce + (1 - alpha) * sal
        loss.backward()
        grads = {k: float(f"{p.grad.double().norm().item():.{digits}g}") for k, p in model.named_parameters()}
        result[f"{mode}/{tap}"] = {
            "logits": r(logits), "predicted": pred.tolist(), "cam": r(cams), "crossEntropy": ce.item(), "saliencyLoss": sal.item(),
            "loss": loss.item(), "gradNorm": grads}
        result["inputSize"], result["mapSize"], result["labels"] = size, map_size, y.tolist()
    result[f"{mode}/runningMeanNorm"] = {k: float(f"{v.double().norm().item():.{digits}g}") for k, v in model.state_dict().items() if k.endswith("running_mean")}
json.dump(result, open(out, "w"))
print(arch, {k: (round(v["loss"], 6), [round(l, 4) for l in v["logits"]]) for k, v in result.items() if isinstance(v, dict) and "loss" in v})
